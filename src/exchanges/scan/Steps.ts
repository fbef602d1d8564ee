import { maxDecimalLength } from "../../domain/DecimalText.ts"
import { Literal } from "./Literal.ts"
import { fourDigits, leadingZeros, othersThanDigits } from "./Words.ts"

/*
 * Steps of a scan over a frame's bytes, four at a time where it can be. Each takes the index where it starts and gives the
 * index behind what it read, or -1 where the bytes are not exactly that; each takes -1 for a start and passes it on, so
 * that a scan of many steps is judged once, at its end. What lies behind the frame is anything, and zeros behind that: a
 * scan that does not end where the frame ends has read nothing.
 */

const dot = 46
const zero = 48
const letterT = 116

const trueWord = new Literal("true")
const falseWord = new Literal("false")

/** The byte there; none, 0, where a step before failed. */
export const byteAt = (bytes: DataView, at: number): number => (at < 0 ? 0 : bytes.getUint8(at))

/** These very characters. */
export const literal = (bytes: DataView, at: number, expected: Literal): number =>
  at < 0 ? -1 : expected.read(bytes, at)

/** Behind the digits from here on; here where there are none. */
export const behindDigits = (bytes: DataView, at: number): number => {
  let index = at
  for (;;) {
    const others = othersThanDigits(bytes.getInt32(index, true))
    if (others !== 0) return index + leadingZeros(others)
    index += 4
  }
}

/** A JSON integer from 0, of at most so many digits: below 16 it is a safe one. */
export const integer = (bytes: DataView, at: number, maxDigits: number): number => {
  if (at < 0) return -1
  if (bytes.getUint8(at) === zero) return at + 1
  const index = behindDigits(bytes, at)
  return index > at && index - at <= maxDigits ? index : -1
}

/** Digits of an id or a sequence; a longer one is for the guards. */
export const idDigits = 15
/** Digits of milliseconds; the year 5138 has one more. */
export const timeDigits = 14

/** The value of digits that `integer` found. */
export const valueOf = (bytes: DataView, from: number, to: number): number => {
  let value = 0
  let index = from
  for (; index + 4 <= to; index += 4) value = value * 10_000 + fourDigits(bytes.getInt32(index, true))
  for (; index < to; index++) value = value * 10 + (bytes.getUint8(index) - zero)
  return value
}

/** Where the point stands of the decimal that `decimal` read last, or would: the same object for all. */
export const found = { point: -1 }

/** A plain decimal as `isPlainDecimal` takes it, without its quotes; one with a needless zero in front is for the guards. */
export const decimal = (bytes: DataView, at: number): number => {
  if (at < 0) return -1
  let index = at + 1
  if (bytes.getUint8(at) !== zero) {
    index = behindDigits(bytes, at)
    if (index === at) return -1
  }
  found.point = index
  if (bytes.getUint8(index) === dot) {
    const fraction = index + 1
    index = behindDigits(bytes, fraction)
    if (index === fraction) return -1
  }
  return index - at <= maxDecimalLength ? index : -1
}

/** `true` or `false`. */
export const flag = (bytes: DataView, at: number): number =>
  literal(bytes, at, isTrue(bytes, at) ? trueWord : falseWord)

/** Which of the two `flag` found. */
export const isTrue = (bytes: DataView, at: number): boolean => byteAt(bytes, at) === letterT

/** Whether a decimal that `decimal` found has no digit but zeros. */
export const isZero = (bytes: DataView, from: number, to: number): boolean => {
  for (let index = from; index < to; index++)
    if (bytes.getUint8(index) !== zero && bytes.getUint8(index) !== dot) return false
  return true
}

/** Writes a whole number's digits over what stands there, from `at`; gives the index behind them. */
export const writeInteger = (bytes: DataView, at: number, value: number): number => {
  let end = at + 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++
  let rest = value
  for (let index = end - 1; index >= at; index--) {
    const next = Math.floor(rest / 10)
    bytes.setUint8(index, zero + (rest - next * 10))
    rest = next
  }
  return end
}
