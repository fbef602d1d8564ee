/**
 * A frame where it was read: the bytes from `from` to `to` of a chunk. The same object shows one frame after the other,
 * since a view of each costs as much as a tenth of all that is done with it: whoever needs one asks for `bytes`.
 */
export class Frame {
  chunk: Buffer = noBytes
  /** Of the whole chunk; made when it is first asked for. */
  private words: DataView | undefined
  from = 0
  to = 0

  show(chunk: Buffer, from: number, to: number): this {
    if (chunk !== this.chunk) {
      this.chunk = chunk
      this.words = undefined
    }
    this.from = from
    this.to = to
    return this
  }

  get length(): number {
    return this.to - this.from
  }

  /** It is all of its chunk. */
  get isAlone(): boolean {
    return this.length === this.chunk.length
  }

  /**
   * So many bytes follow, and the first is no ASCII: there a reader that runs past the frame's end finds that it does. In a
   * WebSocket's bytes the next frame begins so.
   */
  isFollowed(bytes: number): boolean {
    return this.to + bytes <= this.chunk.length && this.chunk[this.to]! >= 0x80
  }

  /** Those of the frame alone. */
  get bytes(): Buffer {
    return this.isAlone ? this.chunk : this.chunk.subarray(this.from, this.to)
  }

  /** The chunk it stands in, of which words are read at any index. */
  get view(): DataView {
    const { chunk } = this
    this.words ??= new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    return this.words
  }
}

const noBytes = Buffer.alloc(0)

/** A frame that stands alone. */
export const frameOf = (bytes: Buffer): Frame => new Frame().show(bytes, 0, bytes.length)

/** Frames in order: an array of them, or `Frames`. */
export interface FrameList {
  readonly length: number
  readonly at: (index: number) => Buffer | undefined
}

/**
 * What came out of one socket read, in order: at most `maxFrames` messages of one connection. The frames are the
 * socket's own buffers: readers must not keep or change them.
 */
export interface FrameBatch {
  /** The connection they came from: `binance/connections/1`. */
  readonly connection: string
  /** The route of that connection, where known: a venue may call streams of two routes by one name. */
  readonly route?: string
  readonly frames: FrameList
  /** When each left the socket: milliseconds since the epoch, microseconds as the fraction. Same length as `frames`. */
  readonly receivedAt: ReadonlyArray<number>
  /** Sum of the frames' lengths. */
  readonly bytes: number
}

export const maxFrames = 512
