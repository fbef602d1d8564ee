/*
 * Levels read from the bytes of a depth record, `[["price","quantity"],…]` as decoders write them, without a text made of
 * any: parsing them as JSON would cost as much as parsing the venue's message once more.
 */

const quote = 34
const comma = 44
const point = 46
const zero = 48
const nine = 57
const opening = 91
const closing = 93

/** The level that `readLevel` read last, and where its texts stand: the same object for all. */
export const level = {
  /** The price's nearest double. */
  key: 0,
  /** No other price has it: at most fifteen digits. */
  isExact: true,
  /** A quantity of zero, however it is written: the level is gone. */
  isNothing: false,
  price: 0,
  priceEnd: 0,
  quantity: 0,
  quantityEnd: 0,
}

/** Powers that a double holds. */
const tens: ReadonlyArray<number> = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
const sixteenDigits = 1e15

/** Reads `["price","quantity"]`; the index behind it, -1 where it is none. */
const readLevel = (bytes: Buffer, at: number): number => {
  if (bytes[at] !== opening || bytes[at + 1] !== quote) return -1
  const price = at + 2
  let index = price
  let digits = 0
  let whole = -1
  for (let code = bytes[index]!; code !== quote; code = bytes[++index]!) {
    if (code >= zero && code <= nine) digits = digits * 10 + (code - zero)
    else if (code === point) whole = index
    else return -1
  }
  const decimals = whole < 0 ? 0 : index - 1 - whole
  // Whole numbers and powers of ten that are exact: so is the quotient, as far as a double can be.
  level.isExact = digits < sixteenDigits && decimals < tens.length
  level.key = level.isExact ? digits / tens[decimals]! : Number(bytes.toString("latin1", price, index))
  level.price = price
  level.priceEnd = index
  if (bytes[index + 1] !== comma || bytes[index + 2] !== quote) return -1
  index += 3
  level.quantity = index
  let isNothing = true
  for (let code = bytes[index]!; code !== quote; code = bytes[++index]!) {
    if (code >= zero + 1 && code <= nine) isNothing = false
    else if (code !== zero && code !== point) return -1
  }
  level.isNothing = isNothing
  level.quantityEnd = index
  return bytes[index + 1] === closing ? index + 2 : -1
}

/**
 * Calls back for each level of the list that begins at `at`, in its order; `level` is what it has then. The index behind
 * the list, -1 where it is none.
 */
export const eachLevel = (bytes: Buffer, at: number, take: () => void): number => {
  if (bytes[at] !== opening) return -1
  if (bytes[at + 1] === closing) return at + 2
  let index = at + 1
  for (;;) {
    index = readLevel(bytes, index)
    if (index < 0) return -1
    take()
    const next = bytes[index]
    index++
    if (next === closing) return index
    if (next !== comma) return -1
  }
}

/** Where the first list begins from `at` on. */
export const firstList = (bytes: Buffer, at: number, end: number): number => {
  let index = at
  while (index < end && bytes[index] !== opening) index++
  return index
}
