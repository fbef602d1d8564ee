import { maxDecimalLength } from "../../domain/DecimalText.ts"

/*
 * Steps of a scan over a frame's bytes (three times as fast as over the characters of a string). Each takes the index
 * where it starts and gives the index behind what it read, or -1 where the bytes are not exactly that; each takes -1
 * for a start and passes it on, so that a scan of many steps is judged once, at its end.
 */

const quote = 34
const dot = 46
const zero = 48
const nine = 57

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

/**
 * The text of an id that outlives its frame. V8 makes a slice of 13 characters or more a view that keeps the whole
 * frame in memory, and a shorter one a copy; so a longer one is put together from copies.
 */
export const ownText = (text: string, from: number, to: number): string =>
  to - from < 13 ? text.slice(from, to) : text.slice(from, from + 8) + text.slice(from + 8, to)

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

/** Order of two decimals that `decimal` found and a quote ends; 0 also where only their digits differ (`1.5`, `1.50`). */
const comparePrices = (bytes: Buffer, left: number, right: number): number => {
  let i = left
  let j = right
  let fraction = false
  let l = bytes[i]!
  let r = bytes[j]!
  while (l === r) {
    if (l === quote) return 0
    if (l === dot) fraction = true
    l = bytes[++i]!
    r = bytes[++j]!
  }
  if (!fraction) {
    // Neither begins with a needless zero: the longer whole part is the larger.
    let leftEnd = i
    let rightEnd = j
    while (bytes[leftEnd]! >= zero) leftEnd++
    while (bytes[rightEnd]! >= zero) rightEnd++
    const longer = leftEnd - i - (rightEnd - j)
    if (longer !== 0) return longer
    if (leftEnd > i) return l - r
    // Whole numbers alike, one of them without a fraction.
    if (l === dot) l = bytes[++i]!
    else r = bytes[++j]!
  }
  if (l >= zero && r >= zero) return l - r
  const longer = l >= zero ? 1 : -1
  for (let index = l >= zero ? i : j; ; index++) {
    const code = bytes[index]!
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
export const levels = (bytes: Buffer, text: string, at: number, highestFirst: boolean): string => {
  if (at < 0 || bytes[at]! !== 91) return ""
  if (bytes[at + 1]! === 93) return "[]"
  let index = at + 1
  let previous = -1
  let ordered = true
  let turned = true
  for (;;) {
    if (bytes[index]! !== 91 || bytes[index + 1]! !== quote) return ""
    const price = index + 2
    index = decimal(bytes, price)
    if (index < 0 || bytes[index] !== quote || bytes[index + 1] !== 44 || bytes[index + 2] !== quote)
      return ""
    index = decimal(bytes, index + 3)
    if (index < 0 || bytes[index] !== quote || bytes[index + 1] !== 93) return ""
    if (previous >= 0) {
      const order = comparePrices(bytes, previous, price)
      // Equal prices keep the order of the wire, so such a list cannot be turned.
      if (order === 0) turned = false
      else if (order > 0 === highestFirst) turned = false
      else ordered = false
      if (!ordered && !turned) return ""
    }
    previous = price
    index += 2
    const next = bytes[index]!
    if (next === 93) break
    if (next !== 44) return ""
    index++
  }
  return ordered ? text.slice(at, index + 1) : reversed(text, at, index + 1)
}
