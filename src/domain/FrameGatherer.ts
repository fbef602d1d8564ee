import { Frames } from "./Frames.ts"

/** What was taken out of a gatherer: as many times of receipt as frames. */
export interface Gathered {
  readonly frames: Frames
  readonly receivedAt: ReadonlyArray<number>
  /** Sum of the frames' lengths. */
  readonly bytes: number
}

/**
 * Gathers frames as they are read. Its arrays are kept and written to again: one that grows from nothing for each batch
 * takes three times its room, and copies itself as often.
 */
export class FrameGatherer {
  length = 0
  private bytes = 0
  private readonly bounds: Array<number> = []
  private readonly times: Array<number> = []
  /** What was read, and how many frames there are up to its end: neighbours mostly come with one read. */
  private chunks: Array<Buffer> = []
  private ends: Array<number> = []

  /** The frame from `from` to `to` of what was read. */
  push(chunk: Buffer, from: number, to: number, receivedAt: number): void {
    const { bounds, chunks, ends, length, times } = this
    const last = chunks.length - 1
    if (last >= 0 && chunks[last] === chunk) ends[last] = length + 1
    else {
      chunks.push(chunk)
      ends.push(length + 1)
    }
    bounds[2 * length] = from
    bounds[2 * length + 1] = to
    times[length] = receivedAt
    this.length = length + 1
    this.bytes += to - from
  }

  /** Takes the first `count` out, or all there are. */
  take(count: number): Gathered {
    return count >= this.length ? this.takeAll() : this.takeSome(count)
  }

  private takeAll(): Gathered {
    const { bytes, length } = this
    const frames = new Frames(this.bounds.slice(0, 2 * length), this.chunks, this.ends)
    this.length = 0
    this.bytes = 0
    this.chunks = []
    this.ends = []
    return { frames, receivedAt: this.times.slice(0, length), bytes }
  }

  private takeSome(count: number): Gathered {
    const bounds = this.bounds.slice(0, 2 * count)
    const receivedAt = this.times.slice(0, count)
    const last = this.ends.findIndex((end) => end >= count)
    const chunks = this.chunks.slice(0, last + 1)
    const ends = [...this.ends.slice(0, last), count]
    const left = this.ends[last] === count ? last + 1 : last
    this.bounds.copyWithin(0, 2 * count, 2 * this.length)
    this.times.copyWithin(0, count, this.length)
    this.chunks = this.chunks.slice(left)
    this.ends = this.ends.slice(left).map((end) => end - count)
    this.length -= count
    let bytes = 0
    for (let index = 0; index < bounds.length; index += 2) bytes += bounds[index + 1]! - bounds[index]!
    this.bytes -= bytes
    return { frames: new Frames(bounds, chunks, ends), receivedAt, bytes }
  }
}
