/*
 * Four bytes of a frame at once, as a number: the first byte is the lowest.
 */

/** How many bytes stand before the lowest one that is not zero; of a word that is not. */
export const leadingZeros = (word: number): number => (31 - Math.clz32(word & -word)) >> 3

/** Not zero where a quote is among them; its lowest bit that is set is of the first one. */
export const quotesIn = (word: number): number => {
  const others = word ^ 0x22222222
  return (others - 0x01010101) & ~others & 0x80808080
}

/** Not zero where one is no digit; its lowest bit that is set is of the first one. */
export const othersThanDigits = (word: number): number => {
  const values = word ^ 0x30303030
  // The highest bit of each byte that is more than 9; a sum that runs over changes the bytes behind it alone.
  return ((values + 0x76767676) | values) & 0x80808080
}

/** The value of four digits. */
export const fourDigits = (word: number): number => {
  const values = word ^ 0x30303030
  // Two numbers of two digits, in the first and in the third byte.
  const pairs = (Math.imul(values, 10) + (values >>> 8)) & 0x00ff00ff
  return (pairs & 0xff) * 100 + (pairs >>> 16)
}
