import { maxDecimalLength } from "../../domain/DecimalText.ts"

/*
 * Steps of a scan over a frame's bytes (three times as fast as over the characters of a string). Each takes the index
 * where it starts and gives the index behind what it read, or -1 where the bytes are not exactly that; each takes -1
 * for a start and passes it on, so that a scan of many steps is judged once, at its end. What lies behind the frame is
 * anything: a scan that does not end where the frame ends has read nothing.
 */

const dot = 46
const zero = 48
const nine = 57
const letterT = 116

/** These very characters. */
export const literal = (bytes: Buffer, at: number, expected: string): number => {
  if (at < 0) return -1
  const { length } = expected
  for (let index = 0; index < length; index++) {
    if (bytes[at + index] !== expected.charCodeAt(index)) return -1
  }
  return at + length
}

/** A JSON integer from 0, of at most so many digits: below 16 it is a safe one. */
export const integer = (bytes: Buffer, at: number, maxDigits: number): number => {
  if (at < 0) return -1
  let index = at
  let code = bytes[index]!
  if (code === zero) return index + 1
  while (code >= zero && code <= nine) code = bytes[++index]!
  return index > at && index - at <= maxDigits ? index : -1
}

/** Digits of an id or a sequence; a longer one is for the guards. */
export const idDigits = 15
/** Digits of milliseconds; the year 5138 has one more. */
export const timeDigits = 14

/** The value of digits that `integer` found. */
export const valueOf = (bytes: Buffer, from: number, to: number): number => {
  let value = 0
  for (let index = from; index < to; index++) value = value * 10 + (bytes[index]! - zero)
  return value
}

/** A plain decimal as `isPlainDecimal` takes it, without its quotes; one with a needless zero in front is for the guards. */
export const decimal = (bytes: Buffer, at: number): number => {
  if (at < 0) return -1
  let index = at
  let code = bytes[index]!
  if (code === zero) {
    code = bytes[++index]!
  } else {
    while (code >= zero && code <= nine) code = bytes[++index]!
    if (index === at) return -1
  }
  if (code === dot) {
    const fraction = index + 1
    do code = bytes[++index]!
    while (code >= zero && code <= nine)
    if (index === fraction) return -1
  }
  return index - at <= maxDecimalLength ? index : -1
}

/** `true` or `false`. */
export const flag = (bytes: Buffer, at: number): number =>
  literal(bytes, at, isTrue(bytes, at) ? "true" : "false")

/** Which of the two `flag` found. */
export const isTrue = (bytes: Buffer, at: number): boolean => bytes[at] === letterT

/** Whether a decimal that `decimal` found has no digit but zeros. */
export const isZero = (bytes: Buffer, from: number, to: number): boolean => {
  for (let index = from; index < to; index++)
    if (bytes[index]! !== zero && bytes[index]! !== dot) return false
  return true
}

/** Writes a whole number's digits over what stands there, from `at`; gives the index behind them. */
export const writeInteger = (bytes: Buffer, at: number, value: number): number => {
  let end = at + 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++
  let rest = value
  for (let index = end - 1; index >= at; index--) {
    const next = Math.floor(rest / 10)
    bytes[index] = zero + (rest - next * 10)
    rest = next
  }
  return end
}
