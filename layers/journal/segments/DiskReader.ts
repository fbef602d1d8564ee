import { Effect, type FileSystem, type PlatformError } from "effect"
import type { JournalBatch, Position } from "../../../services/Journal.ts"
import { partOf } from "../Part.ts"
import type { Definitions } from "./Definitions.ts"
import { type OpenFile, openFile } from "./Folder.ts"
import { type Flaw, type Run, SegmentDecoder } from "./SegmentDecoder.ts"
import { addIndexPoint, type Segment, type SegmentList } from "./SegmentList.ts"
import { decodePiece } from "./SegmentScan.ts"

export interface DiskReaderOptions {
  readonly fs: FileSystem.FileSystem
  readonly folder: string
  readonly segments: SegmentList
  readonly definitions: Definitions
  /** The position up to which there is something to read. */
  readonly accepted: () => Position
  readonly onFlaw: (segment: Segment, flaw: Flaw) => void
}

/** An open segment, and what was decoded of it and not given yet. */
interface Place {
  readonly segment: Segment
  readonly open: OpenFile
  readonly decoder: SegmentDecoder
  offset: number
  runs: Array<Run>
  /** Of the first of `runs`. */
  given: number
}

/** Reads envelopes in order from the segments, beginning at any position. One `read` at a time. */
export class DiskReader {
  private readonly options: DiskReaderOptions
  private place: Place | undefined
  /** What `place` gives next. */
  private at: Position = -1

  constructor(options: DiskReaderOptions) {
    this.options = options
  }

  /**
   * The envelopes at `position` and after it; `undefined` when the disk has none. Interrupted, or failed, it may be asked
   * for the same again.
   */
  read(
    position: Position,
    maxItems: number,
    maxBytes: number,
  ): Effect.Effect<JournalBatch | undefined, PlatformError.PlatformError> {
    const step: Effect.Effect<JournalBatch | undefined, PlatformError.PlatformError> = Effect.suspend(() => {
      const batch = this.give(position, maxItems, maxBytes)
      if (batch !== undefined) return Effect.succeed(batch)
      return Effect.flatMap(this.fill(position), (more) => (more ? step : Effect.as(this.close, undefined)))
    })
    return Effect.suspend(() => (this.at === position ? step : Effect.andThen(this.close, step)))
  }

  get close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { place } = this
      this.place = undefined
      this.at = -1
      return place === undefined ? Effect.void : place.open.close
    })
  }

  private give(position: Position, maxItems: number, maxBytes: number): JournalBatch | undefined {
    const { place } = this
    if (place === undefined) return undefined
    for (let run = place.runs[0]; run !== undefined; run = place.runs[0]) {
      const skip = Math.max(place.given, position - run.first)
      if (skip >= run.envelopes.length) {
        place.runs.shift()
        place.given = 0
        continue
      }
      const { envelopes, payload } = partOf(run.envelopes, skip, maxItems, maxBytes)
      place.given = skip + envelopes.length
      const next = this.overHole(place.segment, run.first + place.given)
      this.at = next
      const lost = next - position - envelopes.length
      const batch = { envelopes, payload, next }
      return lost > 0 ? { ...batch, lost, first: run.first + skip } : batch
    }
    return undefined
  }

  /** What comes after the end of a segment may be missing: then nothing has to wait for it. */
  private overHole(segment: Segment, next: Position): Position {
    if (next < segment.end) return next
    const following = this.options.segments.after(segment)?.first ?? this.options.accepted()
    return Math.max(next, following)
  }

  /** Decodes more, so that there may be something at `position`; false when there is nothing more on the disk. */
  private fill(position: Position): Effect.Effect<boolean, PlatformError.PlatformError> {
    return Effect.suspend(() => {
      const { segments } = this.options
      const { place } = this
      if (place !== undefined && place.offset < place.segment.bytes) return Effect.as(this.piece(place), true)
      // All of a segment was read: what was looked for is not in it, or comes after it.
      const next = place === undefined ? segments.from(position) : segments.after(place.segment)
      if (next === undefined) return Effect.succeed(false)
      return Effect.andThen(this.close, Effect.as(this.open(next, position), true))
    })
  }

  private open(segment: Segment, position: Position): Effect.Effect<void, PlatformError.PlatformError> {
    const { fs, folder, definitions } = this.options
    let start = { position: segment.first, offset: 0 }
    for (const point of segment.index) if (point.position <= position) start = point
    return Effect.uninterruptible(
      Effect.map(openFile(fs, `${folder}/${segment.file}`, "r"), (open) => {
        const decoder = new SegmentDecoder({ first: start.position, table: segment.table, definitions })
        this.place = { segment, open, decoder, offset: start.offset, runs: [], given: 0 }
        this.at = position
      }),
    )
  }

  private piece(place: Place): Effect.Effect<void, PlatformError.PlatformError> {
    const { segment, decoder } = place
    const read = decodePiece(place.open.file, decoder, place.offset, segment.bytes)
    return Effect.map(read, ({ decoded, next }) => {
      place.offset = next
      for (const run of decoded.runs) place.runs.push(run)
      for (const flaw of decoded.flaws) this.options.onFlaw(segment, flaw)
      addIndexPoint(segment, decoder.expected, next)
    })
  }
}

/** At least one, then as many as fit. */
