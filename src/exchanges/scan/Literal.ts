/**
 * Text that has to stand in a frame, as words of four bytes: compared in as many steps. The bytes of the last word that
 * are behind the text are not looked at.
 */
export class Literal {
  readonly length: number
  private readonly words: Int32Array
  private readonly lastMask: number

  constructor(text: string) {
    const bytes = Buffer.from(text)
    this.length = bytes.length
    this.words = new Int32Array(Math.ceil(bytes.length / 4))
    const padded = new DataView(new ArrayBuffer(this.words.length * 4))
    for (const [index, byte] of bytes.entries()) padded.setUint8(index, byte)
    for (const index of this.words.keys()) this.words[index] = padded.getInt32(index * 4, true)
    const behind = this.words.length * 4 - bytes.length
    this.lastMask = (-1 >>> (behind * 8)) | 0
  }

  /** The index behind it where it stands at `at`, else -1. */
  read(bytes: DataView, at: number): number {
    const { lastMask, words } = this
    const last = words.length - 1
    let index = at
    for (let word = 0; word < last; word++) {
      if (bytes.getInt32(index, true) !== words[word]) return -1
      index += 4
    }
    return ((bytes.getInt32(index, true) ^ words[last]!) & lastMask) === 0 ? at + this.length : -1
  }
}
