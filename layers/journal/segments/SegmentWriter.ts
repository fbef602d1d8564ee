import { Effect, type FileSystem, type PlatformError } from "effect"
import type { Position } from "../../../services/Journal.ts"
import type { Checkpoint } from "../../../services/JournalCheckpoints.ts"
import type { Definitions } from "./Definitions.ts"
import type { OpenDirect } from "../../support/DirectFile.ts"
import { syncFolder } from "./Folder.ts"
import { FrameWriter } from "./FrameWriter.ts"
import type { HeldBatch } from "./Held.ts"
import { SegmentFile } from "./SegmentFile.ts"
import { addIndexPoint, makeSegment, type Segment, type SegmentList } from "./SegmentList.ts"

export interface SegmentWriterOptions {
  readonly fs: FileSystem.FileSystem
  readonly folder: string
  readonly journal: string
  readonly segments: SegmentList
  readonly definitions: Definitions
  readonly segmentSize: number
  readonly nextNumber: number
  /** What a new segment opens with. */
  readonly checkpoint: () => Checkpoint | undefined
  readonly openDirect: OpenDirect
  readonly largeGroup: number | undefined
}

interface Active {
  readonly segment: Segment
  readonly file: SegmentFile
}

/**
 * Writes groups of envelopes to the newest segment, each with one write and one sync. After a failure the segment is
 * left for good, cut back to what had been synced, and whatever comes next goes into a new one: of pages that a system
 * could not write, nobody knows what became.
 */
export class SegmentWriter {
  private readonly options: SegmentWriterOptions
  private readonly frames: FrameWriter
  private active: Active | undefined
  private nextNumber: number

  constructor(options: SegmentWriterOptions) {
    this.options = options
    this.frames = new FrameWriter(options.definitions, options.largeGroup)
    this.nextNumber = options.nextNumber
  }

  get activeSegment(): Segment | undefined {
    return this.active?.segment
  }

  /** All of it is synced when this completes; `first` is the position of the first. One at a time. */
  write(
    batches: ReadonlyArray<HeldBatch>,
    first: Position,
  ): Effect.Effect<void, PlatformError.PlatformError> {
    const group = Effect.suspend(() => {
      const { active } = this
      return active === undefined ? this.toNew(batches, first) : this.toActive(active, batches, first)
    })
    const full = this.active !== undefined && this.active.segment.bytes >= this.options.segmentSize
    return Effect.uninterruptible(full ? Effect.andThen(this.finish, group) : group)
  }

  /** Closes the active segment with a footer: it need not be read through when the journal is opened. */
  get finish(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { active, frames } = this
      if (active === undefined) return Effect.void
      this.active = undefined
      frames.clear(active.segment.bytes)
      frames.footer(active.segment.end)
      return active.file.append(frames.bytes, false).pipe(
        Effect.map(() => this.options.segments.grow(active.segment, frames.length, active.segment.end)),
        // Without one it is read through: nothing else is lost.
        Effect.ignore,
        Effect.andThen(active.file.close),
        Effect.uninterruptible,
      )
    })
  }

  private toActive(
    active: Active,
    batches: ReadonlyArray<HeldBatch>,
    first: Position,
  ): Effect.Effect<void, PlatformError.PlatformError> {
    const { frames } = this
    const { segment, file } = active
    frames.clear(segment.bytes)
    const end = this.lay(batches, first)
    const inBlocks = frames.endBlock()
    return file.append(frames.bytes, inBlocks).pipe(
      Effect.map(() => this.grown(segment, end)),
      Effect.onError(() => this.abandon(active)),
    )
  }

  private toNew(
    batches: ReadonlyArray<HeldBatch>,
    first: Position,
  ): Effect.Effect<void, PlatformError.PlatformError> {
    const { fs, folder, journal, segments, checkpoint, openDirect } = this.options
    const { frames } = this
    const segment = makeSegment(this.nextNumber++, first)
    frames.clear(0)
    frames.beginSegment(segment.table)
    frames.header(first, { journal, segment: segment.number })
    const opening = checkpoint()
    if (opening !== undefined) frames.checkpoint(opening.position, opening.bytes)
    const end = this.lay(batches, first)
    return Effect.flatMap(SegmentFile.make(fs, `${folder}/${segment.file}`, openDirect), (file) => {
      const active = { segment, file }
      const inBlocks = frames.endBlock()
      return file.append(frames.bytes, inBlocks).pipe(
        Effect.andThen(syncFolder(fs, folder)),
        Effect.map(() => {
          segments.add(segment)
          this.grown(segment, end)
          this.active = active
        }),
        Effect.onError(() => this.abandon(active)),
      )
    })
  }

  private lay(batches: ReadonlyArray<HeldBatch>, first: Position): Position {
    this.frames.synced(first)
    let position = first
    for (const { envelopes, skip } of batches) {
      this.frames.envelopes(envelopes, position + skip)
      position += skip + envelopes.length
    }
    return position
  }

  private grown(segment: Segment, end: Position): void {
    addIndexPoint(segment, segment.end, segment.bytes)
    this.options.segments.grow(segment, this.frames.length, end)
  }

  /** What cannot be cut off or removed now is told from what counts when the journal is opened. */
  private abandon({ segment, file }: Active): Effect.Effect<void> {
    const { fs, folder } = this.options
    const path = `${folder}/${segment.file}`
    this.active = undefined
    const undo = segment.bytes === 0 ? fs.remove(path) : fs.truncate(path, segment.bytes)
    return Effect.andThen(file.close, Effect.ignore(undo))
  }
}
