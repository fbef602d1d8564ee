import type { FrameList } from "./Frame.ts"

/**
 * Frames where they were read, by their bounds. The view of one is made when it is asked for and forgotten with it:
 * views that wait with thousands of others are moved by the garbage collector, and outlive two of its collections of the
 * young when a sink is slow; then each costs as much as decoding it.
 */
export class Frames implements FrameList {
  private readonly chunks: Array<Buffer> = []
  private readonly bounds: Array<number> = []

  get length(): number {
    return this.chunks.length
  }

  /** The frame from `from` to `to` of what was read. */
  push(chunk: Buffer, from: number, to: number): void {
    this.chunks.push(chunk)
    this.bounds.push(from, to)
  }

  at(index: number): Buffer | undefined {
    return this.chunks[index]?.subarray(this.bounds[2 * index], this.bounds[2 * index + 1])
  }

  /** The first `count` taken out. */
  shift(count: number): Frames {
    const taken = new Frames()
    for (let index = 0; index < count && index < this.length; index++)
      taken.push(this.chunks[index]!, this.bounds[2 * index]!, this.bounds[2 * index + 1]!)
    this.chunks.splice(0, count)
    this.bounds.splice(0, 2 * count)
    return taken
  }

  /** Bytes of all of them. */
  get bytes(): number {
    let bytes = 0
    for (let index = 0; index < this.bounds.length; index += 2)
      bytes += this.bounds[index + 1]! - this.bounds[index]!
    return bytes
  }
}
