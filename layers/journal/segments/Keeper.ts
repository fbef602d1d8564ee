import { Effect, type FileSystem, Latch, type PlatformError, Semaphore } from "effect"
import type { Position } from "../../../services/Journal.ts"
import * as RateLimitedLog from "../../../src/runtime/RateLimitedLog.ts"
import * as CursorFile from "./CursorFile.ts"
import type { CursorTable } from "./CursorTable.ts"
import { journalFailure } from "./Failure.ts"
import { monotonicMillis } from "../../../src/runtime/Monotonic.ts"
import type { Segment, SegmentList } from "./SegmentList.ts"
import type { SegmentWriter } from "./SegmentWriter.ts"

export interface KeeperOptions {
  readonly fs: FileSystem.FileSystem
  readonly folder: string
  readonly journal: string
  readonly segments: SegmentList
  readonly cursors: CursorTable
  readonly writer: SegmentWriter
  readonly turn: Semaphore.Semaphore
  readonly retentionMillis: number
  readonly accepted: () => Position
  /** Whether a segment has what an earlier process wrote and this one has not accepted yet. */
  readonly isUncertain: (segment: Segment) => boolean
  /** Whether someone waits for room on the disk. */
  readonly wantsRoom: () => boolean
  /** Whether nothing is on its way to the newest segment. */
  readonly isIdle: () => boolean
  /** Whether segments open with a checkpoint. */
  readonly carriesCheckpoint: () => boolean
  /** A pass has ended: there may be room now, or certainly is none. */
  readonly onPass: () => void
  readonly stored: Pick<CursorFile.Cursors, "generation" | "released">
}

/** Between two passes at least, so that commits of many batches are stored together. */
const pauseMillis = 20

/** How often segments are looked at when nothing else happens. */
const lookMillis = (retentionMillis: number): number => Math.min(30_000, Math.max(250, retentionMillis / 4))

/**
 * Stores the cursors soon after they have moved, and removes the segments that nobody needs: after their retention, or
 * at once where room is wanted. No segment goes before the cursors are stored that let it go.
 */
export class Keeper {
  private readonly options: KeeperOptions
  private readonly due = Latch.makeUnsafe(false)
  private readonly log = RateLimitedLog.make()
  private dirty = false
  private generation: number
  private released: Position

  constructor(options: KeeperOptions) {
    this.options = options
    this.generation = options.stored.generation
    this.released = options.stored.released
  }

  /** The cursors have changed. */
  changed(): void {
    this.dirty = true
    this.due.openUnsafe()
  }

  look(): void {
    this.due.openUnsafe()
  }

  /** Until it is interrupted; a pass that has begun is finished first. */
  readonly run: Effect.Effect<never> = Effect.gen({ self: this }, function* () {
    const sleep = Effect.sleep(lookMillis(this.options.retentionMillis))
    for (;;) {
      yield* Effect.raceFirst(this.due.await, sleep)
      this.due.closeUnsafe()
      const failed = yield* Effect.match(this.pass, { onFailure: () => true, onSuccess: () => false })
      this.options.onPass()
      yield* Effect.sleep(failed ? 500 : pauseMillis)
      if (failed) this.due.openUnsafe()
    }
  })

  /** Stores what has changed and removes what may go. One at a time. */
  readonly pass: Effect.Effect<void, PlatformError.PlatformError> = Effect.gen({ self: this }, function* () {
    const { fs, folder, segments, wantsRoom } = this.options
    if (wantsRoom()) yield* this.closeDelivered
    const going = this.removable(yield* monotonicMillis)
    const released = Math.max(this.released, going.at(-1)?.end ?? 0)
    if (this.dirty || released > this.released) yield* this.store(released)
    for (const segment of going) {
      yield* Effect.catchIf(
        fs.remove(`${folder}/${segment.file}`),
        (error) => error.reason._tag === "NotFound",
        () => Effect.void,
      )
      segments.remove(segment)
    }
  }).pipe(
    Semaphore.makeUnsafe(1).withPermits(1),
    Effect.tapError((error) =>
      this.log.log("Warn", "store", () => [
        `the journal's cursors cannot be stored: ${journalFailure(this.options.folder, error).detail}; trying again. Should the process be killed meanwhile, sinks get again what they had`,
      ]),
    ),
    Effect.uninterruptible,
  )

  private readonly store = Effect.fnUntraced({ self: this }, function* (released: Position) {
    const { fs, folder, journal, cursors, segments } = this.options
    this.dirty = false
    const next = {
      version: 1,
      journal,
      generation: this.generation + 1,
      accepted: this.options.accepted(),
      segment: segments.newest,
      released,
      cursors: cursors.stored,
    } as const
    yield* CursorFile.store(fs, folder, next).pipe(
      Effect.onError(() => Effect.sync(() => (this.dirty = true))),
    )
    this.generation = next.generation
    this.released = released
  })

  /** From the oldest on, the segments that may go now. */
  private removable(now: number): ReadonlyArray<Segment> {
    const {
      accepted,
      carriesCheckpoint,
      cursors,
      isUncertain,
      retentionMillis,
      segments,
      writer,
      wantsRoom,
    } = this.options
    // Without a later one, the newest segment alone has the checkpoint.
    const needed = carriesCheckpoint() ? segments.all.at(-1) : writer.activeSegment
    const end = accepted()
    const delivered = cursors.least(end, "sinks")
    const passed = cursors.least(end, "all")
    const going: Array<Segment> = []
    let mayGo = true
    for (const segment of segments.all) {
      if (segment === writer.activeSegment || segment === needed || isUncertain(segment)) break
      if (segment.end > delivered) break
      // Its time goes by also behind one that is kept.
      segment.deliveredSince ??= now
      const kept = now - segment.deliveredSince < retentionMillis
      mayGo &&= !kept || (wantsRoom() && segment.end <= passed)
      if (mayGo) going.push(segment)
    }
    return going
  }

  /** The newest segment can go only once it is closed, and a new one has its checkpoint. */
  private readonly closeDelivered = Effect.suspend(() => {
    const { accepted, carriesCheckpoint, cursors, isIdle, turn, writer } = this.options
    const close = Effect.suspend(() => {
      const active = writer.activeSegment
      const delivered = cursors.least(accepted(), "all") >= accepted()
      if (!isIdle() || !delivered || active === undefined || active.end === active.first) return Effect.void
      return carriesCheckpoint() ? Effect.andThen(writer.finish, writer.write([], accepted())) : writer.finish
    })
    return turn.withPermits(1)(close)
  })
}
