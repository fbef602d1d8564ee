/** Bytes of one word. */
const wordBytes = 8

/**
 * ASCII text that is written again and again, as words of eight bytes: a word is written by one step of the processor,
 * while a call that copies a few bytes takes as long as one that copies hundreds. A double holds a word, because a
 * number of 64 bits would be an object; no eight ASCII characters are a NaN, whose bits a processor may change.
 */
export class FixedText {
  readonly length: number
  private readonly words: Float64Array

  /** `text`: ASCII. */
  constructor(text: string | Uint8Array) {
    const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text
    this.length = bytes.length
    this.words = new Float64Array(Math.ceil(bytes.length / wordBytes))
    const padded = new DataView(new ArrayBuffer(this.words.length * wordBytes))
    for (const [index, byte] of bytes.entries()) padded.setUint8(index, byte)
    for (const index of this.words.keys()) this.words[index] = padded.getFloat64(index * wordBytes, true)
  }

  /** Writes it, and zeros behind it up to the end of its last word; gives the index behind it. */
  write(to: DataView, at: number): number {
    const { words } = this
    for (let index = 0; index < words.length; index++)
      to.setFloat64(at + index * wordBytes, words[index]!, true)
    return at + this.length
  }
}
