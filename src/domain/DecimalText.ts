/**
 * Decimal numbers as text: prices, quantities, rates. Nothing here passes through a double, so every digit that the
 * exchange sent is kept; exponents are expanded, trailing zeros stay.
 */

/** Characters of the longest decimal we believe: an absurd one (an exponent of 10^6, say) is refused, not expanded. */
export const maxDecimalLength = 128

const plain = /^-?\d+(\.\d+)?$/
const general = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/

/** Whether the text is a plain unsigned decimal (`12`, `12.50`), by one pass without an expression. */
export const isPlainDecimal = (text: unknown): text is string => {
  if (typeof text !== "string") return false
  const length = text.length
  if (length === 0 || length > maxDecimalLength) return false
  let dot = -1
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 48 && code <= 57) continue
    if (code !== 46 || dot >= 0 || index === 0 || index === length - 1) return false
    dot = index
  }
  return true
}

/** The same with an optional minus sign: changes, rates, funding. */
export const isSignedDecimal = (text: unknown): text is string =>
  typeof text === "string" &&
  text.length <= maxDecimalLength &&
  (text.charCodeAt(0) === 45 ? isPlainDecimal(text.slice(1)) : isPlainDecimal(text))

/** Plain notation of a JSON number's or a decimal's text (`5.33E-4` → `0.000533`), or `undefined` when it is no number. */
export const toPlainDecimal = (text: string): string | undefined => {
  if (text.length <= maxDecimalLength && plain.test(text)) return text
  const match = general.exec(text)
  if (match === null) return undefined
  const sign = match[1] === "-" ? "-" : ""
  const whole = match[2]!
  const fraction = match[3] ?? ""
  const exponent = Number(match[4] ?? "0")
  const digits = whole + fraction
  const point = whole.length + exponent
  if (digits.length + Math.abs(exponent) > maxDecimalLength) return undefined
  const expanded =
    point <= 0
      ? "0." + "0".repeat(-point) + digits
      : point >= digits.length
        ? digits + "0".repeat(point - digits.length)
        : digits.slice(0, point) + "." + digits.slice(point)
  return sign + expanded.replace(/^0+(?=\d)/, "")
}

/** Numeric order of two plain unsigned decimals: negative, zero or positive, exact at any length. */
export const compareDecimals = (left: string, right: string): number => {
  const leftDot = left.indexOf(".")
  const rightDot = right.indexOf(".")
  // Neighbours in a book are mostly written alike, and then text order is the order.
  if (leftDot === rightDot && left.length === right.length) return left < right ? -1 : left > right ? 1 : 0
  let leftWhole = leftDot < 0 ? left.length : leftDot
  let rightWhole = rightDot < 0 ? right.length : rightDot
  let i = 0
  let j = 0
  while (leftWhole > 1 && left.charCodeAt(i) === 48) {
    i++
    leftWhole--
  }
  while (rightWhole > 1 && right.charCodeAt(j) === 48) {
    j++
    rightWhole--
  }
  if (leftWhole !== rightWhole) return leftWhole - rightWhole
  for (let n = 0; n < leftWhole; n++) {
    const difference = left.charCodeAt(i + n) - right.charCodeAt(j + n)
    if (difference !== 0) return difference
  }
  i += leftWhole + 1
  j += rightWhole + 1
  while (i < left.length || j < right.length) {
    const difference =
      (i < left.length ? left.charCodeAt(i) : 48) - (j < right.length ? right.charCodeAt(j) : 48)
    if (difference !== 0) return difference
    i++
    j++
  }
  return 0
}
