export interface FrameReaderOptions {
  /** A message in one frame that came whole, not empty: the bytes from `from` to `to` of what was read. */
  readonly onMessage: (chunk: Buffer, from: number, to: number) => void
  /** Everything else, in order, cut as it comes: control frames, fragments, what is too large or wrong. */
  readonly others: (bytes: Buffer) => void
  /** A larger one is for `others` to refuse. */
  readonly maxFrameBytes: number
}

const finalText = 0x81
const finalBinary = 0x82
/** Of the second byte: the length is in the next two bytes. Above: it is in eight, or there is a mask. */
const twoByteLength = 126

const opcodeOf = { continuation: 0, binary: 2, close: 8 } as const

/** A frame's first bytes, up to 2 + 8 of length + 4 of mask. */
const maxHeadBytes = 14

const noBytes = Buffer.alloc(0)

/**
 * Takes from a WebSocket's bytes what nearly all of them are: unmasked messages of one frame each (RFC 6455, section 5.2)
 * that one read of the socket brought whole. Whatever else comes goes untouched, from the first byte of its frame to the
 * last, to a reader that knows all of the protocol. Each sees whole frames, one after the other: their order stays.
 *
 * It exists for what it saves: `ws` makes three views of each message and calls a dozen functions, which costs as much as
 * a third of all that is done with it later.
 */
export class FrameReader {
  private readonly options: FrameReaderOptions
  /** The last read ended within a frame's head: that much of it. */
  private head: Buffer = noBytes
  /** Bytes still to come of a frame that the others have begun. */
  private owed = 0
  /** A message in fragments has begun: until it is whole, all frames are the others'. */
  private isFragmented = false
  private isClosing = false
  private hasEnded = false

  constructor(options: FrameReaderOptions) {
    this.options = options
  }

  /** Nothing that comes from now on means anything. After a close frame it is so by itself. */
  end(): void {
    this.hasEnded = true
  }

  read(chunk: Buffer): void {
    const bytes = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk])
    this.head = noBytes
    const { maxFrameBytes, onMessage } = this.options
    const { length } = bytes
    let at = this.owed === 0 ? 0 : this.handOn(bytes, 0, this.owed)
    while (at < length && !this.hasEnded) {
      const first = bytes[at]!
      if ((first === finalText || first === finalBinary) && !this.isFragmented && at + 4 <= length) {
        const second = bytes[at + 1]!
        const size = second < twoByteLength ? second : (bytes[at + 2]! << 8) | bytes[at + 3]!
        const from = second < twoByteLength ? at + 2 : at + 4
        const to = from + size
        if (second <= twoByteLength && to <= length && size > 0 && size <= maxFrameBytes) {
          onMessage(bytes, from, to)
          at = to
          continue
        }
      }
      at = this.other(bytes, at)
    }
  }

  /** A frame for the others begins at `at`. Gives where what they got of it ends. */
  private other(bytes: Buffer, at: number): number {
    const left = bytes.length - at
    const headBytes = left < 2 ? maxHeadBytes : headBytesOf(bytes[at + 1]!)
    if (left < headBytes) {
      this.head = Buffer.from(bytes.subarray(at))
      return bytes.length
    }
    const opcode = bytes[at]! & 0x0f
    const isFinal = (bytes[at]! & 0x80) !== 0
    if (opcode === opcodeOf.continuation) this.isFragmented &&= !isFinal
    else if (opcode <= opcodeOf.binary) this.isFragmented = !isFinal
    this.isClosing = opcode === opcodeOf.close
    return this.handOn(bytes, at, headBytes + payloadBytesOf(bytes, at))
  }

  private handOn(bytes: Buffer, from: number, size: number): number {
    const to = Math.min(from + size, bytes.length)
    this.owed = size - (to - from)
    if (this.hasEnded) return to
    this.options.others(bytes.subarray(from, to))
    if (this.isClosing && this.owed === 0) this.hasEnded = true
    return to
  }
}

const headBytesOf = (second: number): number => {
  const length = second & 0x7f
  const lengthBytes = length < twoByteLength ? 0 : length === twoByteLength ? 2 : 8
  return 2 + lengthBytes + ((second & 0x80) === 0 ? 0 : 4)
}

const payloadBytesOf = (bytes: Buffer, at: number): number => {
  const length = bytes[at + 1]! & 0x7f
  if (length < twoByteLength) return length
  if (length === twoByteLength) return bytes.readUInt16BE(at + 2)
  return bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6)
}
