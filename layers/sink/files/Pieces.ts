/** Whose pieces these are: the first and the last of them, and how many bytes they have. */
export interface Chained {
  count: number
  first: number
  last: number
  bytes: number
}

/**
 * Pieces of buffers that go to some places each, every place's in order, until they are laid there. They stand in the same
 * arrays for all places and all batches: arrays that grow from nothing take three times their room.
 */
export class Pieces {
  private length = 0
  private readonly sources: Array<Buffer | undefined> = []
  private readonly starts: Array<number> = []
  private readonly ends: Array<number> = []
  /** The next one of the same place. */
  private readonly nexts: Array<number> = []

  /** One more, from `start` to `end`; where it begins at the end of the last one, that one is the longer. */
  add(to: Chained, source: Buffer, start: number, end: number): void {
    to.bytes += end - start
    const { last } = to
    if (to.count > 0 && this.ends[last] === start && this.sources[last] === source) {
      this.ends[last] = end
      return
    }
    const piece = this.length++
    this.sources[piece] = source
    this.starts[piece] = start
    this.ends[piece] = end
    if (to.count++ === 0) to.first = piece
    else this.nexts[last] = piece
    to.last = piece
  }

  /** The one piece of a place that has no other, where it stands. */
  only(of: Chained): Buffer {
    const { first } = of
    empty(of)
    return this.sources[first]!.subarray(this.starts[first], this.ends[first])
  }

  /** Those of a place one behind the other, from `at` on. */
  lay(of: Chained, into: Buffer, at: number): Buffer {
    const { ends, nexts, sources, starts } = this
    let end = at
    let piece = of.first
    for (let left = of.count; left > 0; left--) {
      end += sources[piece]!.copy(into, end, starts[piece], ends[piece])
      piece = nexts[piece]!
    }
    empty(of)
    return into.subarray(at, end)
  }

  /** All places are empty. What was laid keeps no buffer in memory. */
  clear(): void {
    this.sources.fill(undefined, 0, this.length)
    this.length = 0
  }
}

const empty = (of: Chained): void => {
  of.count = 0
  of.bytes = 0
}
