/*
 * A level as two words of eight bytes. The first is its price's nearest double; the second has the digits of its quantity
 * as one whole number, and where the points of both stand. That is all of nearly every level's text, of which no digit
 * is lost: a decimal of fifteen digits is the only one of so many whose nearest double is that. The others are odd:
 * their texts are kept as they are.
 */

/** Whole numbers below this are packed: fifteen digits, and 50 bits. */
export const packedLimit = 1e15

/** Powers of ten that a double holds. */
export const tens: ReadonlyArray<number> = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))

/** Digits behind a point, and zeros behind a quantity's digits, that are packed. */
export const mostDecimals = tens.length - 1
export const mostZeros = 14

const twoTo32 = 2 ** 32

/** Of an odd level, whose other half says which. Neither this nor what `highOf` gives is a half of a NaN. */
export const oddHigh = 0xf << 28

export const lowOf = (digits: number): number => digits | 0

/** The other half: digits of the quantity, then the places behind both points, then the zeros behind its digits. */
export const highOf = (
  digits: number,
  priceDecimals: number,
  quantityDecimals: number,
  zeros: number,
): number => (zeros << 28) | (quantityDecimals << 23) | (priceDecimals << 18) | ((digits / twoTo32) | 0)

export const isOdd = (high: number): boolean => high >>> 28 === 0xf

const point = 46
const zero = 48
const chunk = 1e8
const chunkDigits = 8

/** Writes a decimal so that it ends before `end`; gives where it begins. `zeros` stand behind its digits. */
const writeDecimal = (
  bytes: Uint8Array,
  end: number,
  digits: number,
  decimals: number,
  zeros: number,
): number => {
  // Whole numbers of 32 bits are divided by a multiplication.
  let above = (digits / chunk) | 0
  let rest = (digits - above * chunk) | 0
  let left = chunkDigits
  let at = end
  let written = 0
  do {
    if (written === decimals && written > 0) bytes[--at] = point
    let digit = 0
    if (written >= zeros) {
      const tenth = (rest / 10) | 0
      digit = rest - tenth * 10
      rest = tenth
      left--
      if (left === 0) {
        rest = above
        above = 0
        left = chunkDigits
      }
    }
    bytes[--at] = zero + digit
    written++
  } while (written <= decimals || rest > 0 || above > 0)
  return at
}

/** Writes the text of a packed level's price before `end`; gives where it begins. */
export const writePrice = (bytes: Uint8Array, end: number, price: number, high: number): number => {
  const decimals = (high >>> 18) & 31
  return writeDecimal(bytes, end, Math.round(price * tens[decimals]!), decimals, 0)
}

/** The same of its quantity. */
export const writeQuantity = (bytes: Uint8Array, end: number, low: number, high: number): number =>
  writeDecimal(bytes, end, (high & 0x3ffff) * twoTo32 + (low >>> 0), (high >>> 23) & 31, high >>> 28)

/** Bytes of a packed level's texts at most, and seven of punctuation. */
export const packedTextBytes = 64
