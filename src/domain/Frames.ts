import type { Frame, FrameList } from "./Frame.ts"

/**
 * Frames where they were read, by their bounds. The view of one is made when it is asked for and forgotten with it:
 * views that wait with thousands of others are moved by the garbage collector, and outlive two of its collections of the
 * young when a sink is slow; then each costs as much as decoding it.
 */
export class Frames implements FrameList {
  readonly length: number
  private readonly bounds: ReadonlyArray<number>
  private readonly chunks: ReadonlyArray<Buffer>
  private readonly ends: ReadonlyArray<number>
  /** The chunk that was looked at last. */
  private current = 0

  /** `bounds`: where each begins and ends. `ends`: how many there are up to the end of each chunk. */
  constructor(bounds: ReadonlyArray<number>, chunks: ReadonlyArray<Buffer>, ends: ReadonlyArray<number>) {
    this.length = bounds.length >> 1
    this.bounds = bounds
    this.chunks = chunks
    this.ends = ends
  }

  at(index: number): Buffer | undefined {
    return this.chunkOf(index)?.subarray(this.bounds[2 * index], this.bounds[2 * index + 1])
  }

  /** The same one shown by `frame`, without a view made; there is one of this index. */
  show(index: number, frame: Frame): Frame {
    return frame.show(this.chunkOf(index)!, this.bounds[2 * index]!, this.bounds[2 * index + 1]!)
  }

  private chunkOf(index: number): Buffer | undefined {
    const { ends } = this
    if (this.current > 0 && index < ends[this.current - 1]!) this.current = 0
    while (this.current < ends.length && index >= ends[this.current]!) this.current++
    return this.chunks[this.current]
  }
}

/** One of any frames shown by `frame`; there is one of this index. */
export const showFrame = (frames: FrameList, index: number, frame: Frame): Frame => {
  if (frames instanceof Frames) return frames.show(index, frame)
  const bytes = frames.at(index)!
  return frame.show(bytes, 0, bytes.length)
}
