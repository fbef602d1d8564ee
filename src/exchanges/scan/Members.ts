import { Literal } from "./Literal.ts"
import { behindDigits } from "./Steps.ts"

/*
 * Members of JSON objects that venues write in any order, or add as they like: read from a frame's bytes as the steps of
 * `Steps.ts` are, -1 passed on.
 */

const quote = 34
const comma = 44
const minus = 45
const dot = 46
const zero = 48
const nine = 57
const colon = 58
const backslash = 92
const underscore = 95

const isDigit = (code: number): boolean => code >= zero && code <= nine

const isWord = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || isDigit(code) || code === underscore

/** Behind the comma and the quote that every member but an object's first begins with. */
export const nextMember = (bytes: DataView, at: number): number =>
  at >= 0 && bytes.getUint8(at) === comma && bytes.getUint8(at + 1) === quote ? at + 2 : -1

/** Characters of a text up to its quote: printable ASCII without an escape. */
const text = (bytes: DataView, at: number): number => {
  let index = at
  for (;;) {
    const code = bytes.getUint8(index)
    if (code === quote) return index + 1
    // Also where the frame ends without a quote: what lies behind it is of other frames, and no scan ends there.
    if (!(code >= 32 && code < 127) || code === backslash) return -1
    index++
  }
}

/** A JSON number without an exponent. */
const number = (bytes: DataView, at: number): number => {
  let index = bytes.getUint8(at) === minus ? at + 1 : at
  const whole = index
  index = behindDigits(bytes, whole)
  if (index === whole || (bytes.getUint8(whole) === zero && index > whole + 1)) return -1
  if (bytes.getUint8(index) !== dot) return index
  const fraction = index + 1
  index = behindDigits(bytes, fraction)
  return index === fraction ? -1 : index
}

const words = ["true", "false", "null"].map((word) => new Literal(word))

/** A value that is neither object nor list: a plain text, a number, `true`, `false` or `null`. */
export const simpleValue = (bytes: DataView, at: number): number => {
  if (at < 0) return -1
  const code = bytes.getUint8(at)
  if (code === quote) return text(bytes, at + 1)
  if (code === minus || isDigit(code)) return number(bytes, at)
  for (const word of words) {
    const end = word.read(bytes, at)
    if (end >= 0) return end
  }
  return -1
}

/** A member that nobody asks for, from behind its name's first quote: a name of letters and digits, a simple value. */
export const otherMember = (bytes: DataView, at: number): number => {
  if (at < 0) return -1
  let index = at
  while (isWord(bytes.getUint8(index))) index++
  return bytes.getUint8(index) === quote && bytes.getUint8(index + 1) === colon
    ? simpleValue(bytes, index + 2)
    : -1
}

/** An id of letters, digits, `_` and `-`, in the quotes between which it stands; of at most so many characters. */
export const wordId = (bytes: DataView, at: number, maxLength: number): number => {
  if (at < 0) return -1
  let index = at
  while (isWord(bytes.getUint8(index)) || bytes.getUint8(index) === minus) index++
  return index > at && index - at <= maxLength ? index : -1
}
