/** Digits enough, or an exponent large enough, for a number that a double does not hold. */
const suspicious = /[\d.]{16}|\d[eE][+-]?\d{3}/

const number = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** A number's digits and the power of ten that they stand at, however it is written; `undefined` where it is none. */
const magnitude = (text: string): string | undefined => {
  const match = number.exec(text)
  if (match === null) return undefined
  const [, whole = "", fraction = "", exponent = "0"] = match
  const digits = `${whole}${fraction}`.replace(/^0+/, "")
  const significant = digits.replace(/0+$/, "")
  if (significant === "") return "0"
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}

/**
 * JSON whose numbers stay what they are: one that a double does not hold, such as an id of 19 digits, is given as the text
 * that stood there. Throws what `JSON.parse` throws.
 */
export const parseExact = (text: string): unknown =>
  suspicious.test(text)
    ? JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) =>
        typeof value === "number" &&
        context?.source !== undefined &&
        magnitude(String(value)) !== magnitude(context.source)
          ? context.source
          : value,
      )
    : JSON.parse(text)

const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

/** Digits that are to be a number again once they are written: for `JSON.stringify`. */
export const asNumber = (digits: number | string): unknown =>
  typeof digits === "string" ? rawJSON(digits) : digits
