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
export const nextMember = (bytes: Buffer, at: number): number =>
  at >= 0 && bytes[at] === comma && bytes[at + 1] === quote ? at + 2 : -1

/** Characters of a text up to its quote: printable ASCII without an escape. */
const text = (bytes: Buffer, at: number): number => {
  let index = at
  for (;;) {
    const code = bytes[index]!
    if (code === quote) return index + 1
    // Also where the frame ends without a quote: what lies behind it is of other frames, and no scan ends there.
    if (!(code >= 32 && code < 127) || code === backslash) return -1
    index++
  }
}

/** A JSON number without an exponent. */
const number = (bytes: Buffer, at: number): number => {
  let index = bytes[at] === minus ? at + 1 : at
  const whole = index
  while (isDigit(bytes[index]!)) index++
  if (index === whole || (bytes[whole] === zero && index > whole + 1)) return -1
  if (bytes[index] !== dot) return index
  const fraction = ++index
  while (isDigit(bytes[index]!)) index++
  return index === fraction ? -1 : index
}

const words = ["true", "false", "null"].map((word) => Buffer.from(word))

/** A value that is neither object nor list: a plain text, a number, `true`, `false` or `null`. */
export const simpleValue = (bytes: Buffer, at: number): number => {
  if (at < 0) return -1
  const code = bytes[at]!
  if (code === quote) return text(bytes, at + 1)
  if (code === minus || isDigit(code)) return number(bytes, at)
  for (const word of words) {
    let index = 0
    while (index < word.length && bytes[at + index] === word[index]) index++
    if (index === word.length) return at + index
  }
  return -1
}

/** A member that nobody asks for, from behind its name's first quote: a name of letters and digits, a simple value. */
export const otherMember = (bytes: Buffer, at: number): number => {
  if (at < 0) return -1
  let index = at
  while (isWord(bytes[index]!)) index++
  return bytes[index] === quote && bytes[index + 1] === colon ? simpleValue(bytes, index + 2) : -1
}

/** An id of letters, digits, `_` and `-`, in the quotes between which it stands; of at most so many characters. */
export const wordId = (bytes: Buffer, at: number, maxLength: number): number => {
  if (at < 0) return -1
  let index = at
  while (isWord(bytes[index]!) || bytes[index] === minus) index++
  return index > at && index - at <= maxLength ? index : -1
}
