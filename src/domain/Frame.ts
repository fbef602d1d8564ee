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
