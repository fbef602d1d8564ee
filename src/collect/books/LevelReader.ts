import { fourDigits, leadingZeros, othersThanDigits } from "../../exchanges/scan/Words.ts"
import { highOf, lowOf, mostDecimals, mostZeros, oddHigh, packedLimit, tens } from "./PackedLevel.ts"
import type { Side } from "./Side.ts"

/*
 * Levels read from the bytes of a depth record, `[["price","quantity"],…]` as decoders write them, without a text made of
 * any: parsing them as JSON would cost as much as parsing the venue's message once more. Four bytes are read at once, so
 * there have to be three more behind the list.
 */

const quote = 0x22
const comma = 0x2c
const point = 0x2e
const zero = 0x30
const opening = 0x5b
const closing = 0x5d
const openings = 0x5b5b5b5b

/** `["`, `","` and `"]` as they are read: the first byte is the lowest. */
const levelStart = opening | (quote << 8)
const separator = quote | (comma << 8) | (quote << 16)
const levelEnd = quote | (closing << 8)

/** The level that `readLevel` read last: the same object for all. */
export const level = {
  /** The price's nearest double. */
  key: 0,
  /** A quantity of zero, however it is written: the level is gone. */
  isNothing: false,
  /** As it is packed; an odd one has its texts instead. */
  low: 0,
  high: 0,
  price: "",
  quantity: "",
}

/** The decimal that `readDecimal` read last: all its digits as one whole number, as far as a double can be, and its places. */
const decimal = { digits: 0, decimals: 0 }

/** Reads a decimal that a quote ends; the index of the quote, -1 where it is none. One with a needless zero is infinite. */
const readDecimal = (view: DataView, at: number): number => {
  let index = at
  let digits = 0
  let pointAt = -1
  for (;;) {
    const word = view.getInt32(index, true)
    const others = othersThanDigits(word)
    if (others === 0) {
      digits = digits * 10_000 + fourDigits(word)
      index += 4
      continue
    }
    const count = leadingZeros(others)
    if (count > 0) {
      const behind = 32 - count * 8
      digits = digits * tens[count]! + fourDigits((word << behind) | (0x30303030 >>> (count * 8)))
      index += count
    }
    const code = (word >>> (count * 8)) & 0xff
    // Neither begins nor ends with its point, and has one at most.
    if (index === at || index === pointAt + 1) return -1
    if (code === quote) break
    if (code !== point || pointAt >= 0) return -1
    pointAt = index
    index++
  }
  const whole = pointAt < 0 ? index - at : pointAt - at
  decimal.digits = whole > 1 && view.getUint8(at) === zero ? Number.POSITIVE_INFINITY : digits
  decimal.decimals = pointAt < 0 ? 0 : index - 1 - pointAt
  return index
}

/** Reads `["price","quantity"]`; the index behind it, -1 where it is none. */
const readLevel = (view: DataView, at: number): number => {
  if (view.getUint16(at, true) !== levelStart) return -1
  const price = at + 2
  const priceEnd = readDecimal(view, price)
  if (priceEnd < 0 || (view.getInt32(priceEnd, true) & 0xffffff) !== separator) return -1
  const { decimals: priceDecimals, digits: priceDigits } = decimal
  const quantity = priceEnd + 3
  const quantityEnd = readDecimal(view, quantity)
  if (quantityEnd < 0 || view.getUint16(quantityEnd, true) !== levelEnd) return -1
  const { decimals, digits } = decimal
  if (
    priceDigits < packedLimit &&
    digits < packedLimit &&
    priceDecimals <= mostDecimals &&
    decimals <= mostDecimals
  ) {
    // Whole numbers and powers of ten that are exact: so is the quotient, as far as a double can be.
    level.key = priceDigits / tens[priceDecimals]!
    level.isNothing = digits === 0
    level.low = lowOf(digits)
    level.high = highOf(digits, priceDecimals, decimals, 0)
  } else readLonger(view, price, priceEnd, quantity, quantityEnd)
  return quantityEnd + 2
}

const textOf = (view: DataView, from: number, to: number): string =>
  Buffer.from(view.buffer, view.byteOffset + from, to - from).toString("latin1")

/** A level whose texts are longer; of those whose quantity ends with zeros, many can be packed. */
const readLonger = (
  view: DataView,
  price: number,
  priceEnd: number,
  quantity: number,
  quantityEnd: number,
): void => {
  level.price = textOf(view, price, priceEnd)
  level.quantity = textOf(view, quantity, quantityEnd)
  level.key = Number(level.price)
  level.isNothing = !/[1-9]/.test(level.quantity)
  level.high = oddHigh
  readDecimal(view, price)
  const { decimals: priceDecimals, digits: priceDigits } = decimal
  readDecimal(view, quantity)
  const { decimals, digits } = decimal
  if (priceDigits >= packedLimit || digits === Number.POSITIVE_INFINITY) return
  if (priceDecimals > mostDecimals || decimals > mostDecimals) return
  const all = level.quantity.replace(".", "")
  const significant = all.replace(/0+$/, "")
  const zeros = all.length - significant.length
  if (zeros > mostZeros || Number(significant) >= packedLimit) return
  level.low = lowOf(Number(significant))
  level.high = highOf(Number(significant), priceDecimals, decimals, zeros)
}

/**
 * Takes each level of the list that begins at `at`, in its order; `level` is what it has then, and `near` what was given
 * for the one before it, first the side's end. The index behind the list, -1 where it is none.
 */
export const eachLevel = (
  view: DataView,
  at: number,
  side: Side,
  take: (side: Side, near: number) => number,
): number => {
  if (at < 0 || at >= view.byteLength || view.getUint8(at) !== opening) return -1
  if (view.getUint8(at + 1) === closing) return at + 2
  let near = side.end
  let index = at + 1
  for (;;) {
    index = readLevel(view, index)
    if (index < 0) return -1
    near = take(side, near)
    const next = view.getUint8(index)
    index++
    if (next === closing) return index
    if (next !== comma) return -1
  }
}

/** Where the first list begins from `at` on, -1 where there is none before `end`. */
export const firstList = (view: DataView, at: number, end: number): number => {
  for (let index = at; index < end; index += 4) {
    const others = view.getInt32(index, true) ^ openings
    const found = (others - 0x01010101) & ~others & 0x80808080
    if (found !== 0) return index + leadingZeros(found)
  }
  return -1
}
