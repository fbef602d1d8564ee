import type { Position } from "../../../services/Journal.ts"
import type { DefinitionTable } from "./SegmentDecoder.ts"
import { segmentName } from "./SegmentName.ts"

/** A segment that can be read: its synced part. */
export interface Segment {
  readonly number: number
  readonly first: Position
  readonly file: string
  /** The position after its last envelope. */
  end: Position
  /** What is trusted of the file. */
  bytes: number
  readonly table: DefinitionTable
  /** Places to begin reading at; `table` holds every definition before the last of them. In order. */
  readonly index: Array<{ readonly position: Position; readonly offset: number }>
  /** Since when every sink has delivered it, by the monotonic clock. */
  deliveredSince: number | undefined
}

export const makeSegment = (number: number, first: Position): Segment => ({
  number,
  first,
  file: segmentName(number, first),
  end: first,
  bytes: 0,
  table: [],
  index: [],
  deliveredSince: undefined,
})

/** Bytes between two places to begin reading at. */
const indexEvery = 256 * 1024

export const addIndexPoint = (segment: Segment, position: Position, offset: number): void => {
  const last = segment.index.at(-1)
  if (offset > 0 && offset >= (last?.offset ?? 0) + indexEvery) segment.index.push({ position, offset })
}

/** The segments on the disk, oldest first, and what they hold. */
export class SegmentList {
  readonly all: Array<Segment>
  /** The highest number of a segment that ever held something accepted. */
  newest: number
  private total = 0

  constructor(segments: ReadonlyArray<Segment>, newest: number) {
    this.all = Array.from(segments)
    this.newest = newest
    for (const { bytes } of segments) this.total += bytes
  }

  get bytes(): number {
    return this.total
  }

  /** Whether no segment has an envelope. */
  get isEmpty(): boolean {
    return this.all.every(({ first, end }) => first === end)
  }

  get first(): Position | undefined {
    return this.all[0]?.first
  }

  add(segment: Segment): void {
    this.all.push(segment)
    this.newest = segment.number
    this.total += segment.bytes
  }

  grow(segment: Segment, bytes: number, end: Position): void {
    segment.bytes += bytes
    segment.end = end
    this.total += bytes
  }

  remove(segment: Segment): void {
    const at = this.all.indexOf(segment)
    if (at < 0) return
    this.all.splice(at, 1)
    this.total -= segment.bytes
  }

  /** The segment that holds `position`, else the first one after it. */
  from(position: Position): Segment | undefined {
    let low = 0
    let high = this.all.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.all[middle]!.end > position) high = middle
      else low = middle + 1
    }
    return this.all[low]
  }

  after(segment: Segment): Segment | undefined {
    return this.all.find((each) => each.number > segment.number)
  }

  /** Bytes from `position` on; within a segment by proportion. */
  bytesFrom(position: Position): number {
    let bytes = 0
    for (let index = this.all.length - 1; index >= 0; index--) {
      const segment = this.all[index]!
      if (segment.end <= position) break
      const share = segment.first >= position ? 1 : (segment.end - position) / (segment.end - segment.first)
      bytes += Math.round(segment.bytes * share)
    }
    return bytes
  }
}
