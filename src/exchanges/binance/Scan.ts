import { maxDecimalLength } from "../../domain/DecimalText.ts"

/*
 * Steps of a scan over a frame's text. Each takes the index where it starts and gives the index behind what it read,
 * or -1 where the text is not exactly that; each takes -1 for a start and passes it on, so that a scan of many steps
 * is judged once, at its end.
 */

const quote = 34
const dot = 46
const zero = 48
const nine = 57

/** These very characters. */
export const literal = (text: string, at: number, expected: string): number =>
  at >= 0 && text.startsWith(expected, at) ? at + expected.length : -1

/** A JSON integer from 0, of at most so many digits: below 16 it is a safe one. */
export const integer = (text: string, at: number, maxDigits: number): number => {
  let index = at
  let code = text.charCodeAt(index)
  if (code === zero) return index + 1
  while (code >= zero && code <= nine) code = text.charCodeAt(++index)
  return at >= 0 && index > at && index - at <= maxDigits ? index : -1
}

/** Digits of an id or a sequence; a longer one is for the guards. */
export const idDigits = 15
/** Digits of milliseconds; the year 5138 has one more. */
export const timeDigits = 14

/** The value of digits that `integer` found. */
export const valueOf = (text: string, from: number, to: number): number => {
  let value = 0
  for (let index = from; index < to; index++) value = value * 10 + (text.charCodeAt(index) - zero)
  return value
}

/** A plain decimal as `isPlainDecimal` takes it, without its quotes; one with a needless zero in front is for the guards. */
export const decimal = (text: string, at: number): number => {
  let index = at
  let code = text.charCodeAt(index)
  if (code === zero) {
    code = text.charCodeAt(++index)
    if (code >= zero && code <= nine) return -1
  } else {
    while (code >= zero && code <= nine) code = text.charCodeAt(++index)
    if (index === at) return -1
  }
  if (code === dot) {
    const fraction = index + 1
    do code = text.charCodeAt(++index)
    while (code >= zero && code <= nine)
    if (index === fraction) return -1
  }
  return at >= 0 && index - at <= maxDecimalLength ? index : -1
}

/** Order of two decimals that `decimal` found and a quote ends; 0 also where only their digits differ (`1.5`, `1.50`). */
const comparePrices = (text: string, left: number, right: number): number => {
  let i = left
  let j = right
  let fraction = false
  let l = text.charCodeAt(i)
  let r = text.charCodeAt(j)
  while (l === r) {
    if (l === quote) return 0
    if (l === dot) fraction = true
    l = text.charCodeAt(++i)
    r = text.charCodeAt(++j)
  }
  if (!fraction) {
    // Neither begins with a needless zero: the longer whole part is the larger.
    let leftEnd = i
    let rightEnd = j
    while (text.charCodeAt(leftEnd) >= zero) leftEnd++
    while (text.charCodeAt(rightEnd) >= zero) rightEnd++
    const longer = leftEnd - i - (rightEnd - j)
    if (longer !== 0) return longer
    if (leftEnd > i) return l - r
    // Whole numbers alike, one of them without a fraction.
    if (l === dot) l = text.charCodeAt(++i)
    else r = text.charCodeAt(++j)
  }
  if (l >= zero && r >= zero) return l - r
  const longer = l >= zero ? 1 : -1
  for (let index = l >= zero ? i : j; ; index++) {
    const code = text.charCodeAt(index)
    if (code === quote) return 0
    if (code !== zero) return longer
  }
}

/** The levels of a validated list, last one first. */
const reversed = (text: string, from: number, to: number): string => {
  let result = "["
  let end = to - 1
  for (;;) {
    const start = text.lastIndexOf("[", end - 1)
    result += text.slice(start, end)
    if (start === from + 1) return result + "]"
    result += ","
    end = start - 1
  }
}

/**
 * A list of `["price","quantity"]`, best first: as it stands, or turned round where the exchange sends the worst
 * first. Empty text where it is neither, or no such list. The result is as long as what it read.
 */
export const levels = (text: string, at: number, highestFirst: boolean): string => {
  if (at < 0 || text.charCodeAt(at) !== 91) return ""
  if (text.charCodeAt(at + 1) === 93) return "[]"
  let index = at + 1
  let previous = -1
  let ordered = true
  let turned = true
  for (;;) {
    if (text.charCodeAt(index) !== 91 || text.charCodeAt(index + 1) !== quote) return ""
    const price = index + 2
    index = decimal(text, price)
    if (text.charCodeAt(index) !== quote || text.charCodeAt(index + 1) !== 44) return ""
    if (text.charCodeAt(index + 2) !== quote) return ""
    index = decimal(text, index + 3)
    if (text.charCodeAt(index) !== quote || text.charCodeAt(index + 1) !== 93) return ""
    if (previous >= 0) {
      const order = comparePrices(text, previous, price)
      // Equal prices keep the order of the wire, so such a list cannot be turned.
      if (order === 0) turned = false
      else if (order > 0 === highestFirst) turned = false
      else ordered = false
      if (!ordered && !turned) return ""
    }
    previous = price
    index += 2
    const next = text.charCodeAt(index)
    if (next === 93) break
    if (next !== 44) return ""
    index++
  }
  return ordered ? text.slice(at, index + 1) : reversed(text, at, index + 1)
}
