import { Effect, Latch, Random, type Semaphore } from "effect"
import type { JournalError, OnAccepted, Position } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { journalFailure } from "./Failure.ts"
import { Held, type HeldBatch, sizeOf } from "./Held.ts"
import { monotonicMillis } from "../../../src/runtime/Monotonic.ts"
import type { SegmentWriter } from "./SegmentWriter.ts"

export interface CommitterOptions {
  readonly folder: string
  readonly writer: SegmentWriter
  /** One of those who write to the newest segment at a time. */
  readonly turn: Semaphore.Semaphore
  readonly syncMillis: number
  readonly accepted: Position
  /** These batches are accepted now, the first of them at `first`. */
  readonly onAccepted: (batches: ReadonlyArray<HeldBatch>, first: Position) => void
  /** An attempt has failed; what is held will be written again. */
  readonly onTrouble: (error: JournalError) => void
}

/** A group is written at once when it has so many bytes. */
const urgentBytes = 1024 * 1024

/** Of the interval, what is left for the sync at least. */
const leastForSync = 0.2

const firstRetryMillis = 50
const lastRetryMillis = 2_000

/**
 * Group commit: one write and one sync for everything that gathered meanwhile. The first batch after a rest is written
 * at once. Then a group begins so long after the one before that, as fast as the disk has synced of late, nothing waits
 * longer than the interval: half of it later at least, since each group costs the same whatever it holds. With a mebibyte
 * held, or when someone waits for a sync, at once.
 *
 * After a failure the same batches are written again, to a new segment, for ever: an outage of the disk ends by itself.
 */
export class Committer {
  readonly held = new Held()
  accepted: Position
  /** Why the last attempt failed; `undefined` while all is well. */
  trouble: JournalError | undefined
  private readonly options: CommitterOptions
  private readonly work = Latch.makeUnsafe(false)
  private readonly urgent = Latch.makeUnsafe(false)
  private stopping = false
  private readonly stopped = Latch.makeUnsafe(false)
  private failures = 0
  private begun = Number.NEGATIVE_INFINITY
  /** About how long a write and its sync take, in milliseconds. */
  private took = Number.POSITIVE_INFINITY

  constructor(options: CommitterOptions) {
    this.options = options
    this.accepted = options.accepted
  }

  /** The position after the last envelope held. */
  get end(): Position {
    return this.accepted + this.held.positions
  }

  put(envelopes: ReadonlyArray<Envelope>, size = sizeOf(envelopes), skip = 0, onAccepted?: OnAccepted): void {
    this.held.put(envelopes, size, skip, onAccepted)
    this.work.openUnsafe()
    if (this.held.disk >= urgentBytes) this.urgent.openUnsafe()
  }

  hurry(): void {
    this.urgent.openUnsafe()
  }

  /** `run` ends once what is held was written, or one more attempt has failed. */
  stop(): void {
    this.stopping = true
    this.stopped.openUnsafe()
    this.work.openUnsafe()
    this.urgent.openUnsafe()
  }

  /** One attempt to write what is held, if anything is. */
  readonly once: Effect.Effect<void> = Effect.suspend(() => {
    const { held, options } = this
    if (held.positions === 0) return Effect.void
    const first = this.accepted
    const group = held.group()
    const write = options.turn.withPermits(1)(Effect.suspend(() => options.writer.write(group, first)))
    return Effect.matchEffect(write, {
      onSuccess: () => {
        const again = this.trouble !== undefined
        this.settle(group, first)
        return again ? Effect.logInfo(`journal ${options.folder}: records are accepted again`) : Effect.void
      },
      onFailure: (error) => {
        this.failures++
        this.trouble = journalFailure(options.folder, error)
        options.onTrouble(this.trouble)
        if (this.failures > 1) return Effect.void
        return Effect.logError(
          `journal ${options.folder}: ${this.trouble.detail}. ${held.positions} records wait, and are tried again`,
        )
      },
    })
  }).pipe(Effect.uninterruptible)

  readonly run: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    for (;;) {
      if (this.held.positions === 0) {
        if (this.stopping) return
        this.work.closeUnsafe()
        yield* this.work.await
        continue
      }
      yield* this.gather
      this.urgent.closeUnsafe()
      yield* this.once
      const took = (yield* monotonicMillis) - this.begun
      this.took = Number.isFinite(this.took) ? this.took + (took - this.took) / 8 : took
      if (this.trouble !== undefined) {
        if (this.stopping) return
        yield* this.rest
      }
    }
  })

  private readonly gather = Effect.gen({ self: this }, function* () {
    const now = yield* monotonicMillis
    const wait = this.begun + this.pause - now
    if (wait > 0 && !this.stopping && this.failures === 0)
      yield* Effect.raceFirst(this.urgent.await, Effect.sleep(wait))
    this.begun = yield* monotonicMillis
  })

  /** From the beginning of a group to that of the next. */
  private get pause(): number {
    const { syncMillis } = this.options
    return syncMillis - Math.min(syncMillis / 2, Math.max(leastForSync * syncMillis, 2 * this.took))
  }

  private readonly rest = Effect.gen({ self: this }, function* () {
    const doubled = Math.min(lastRetryMillis, firstRetryMillis * 2 ** (this.failures - 1))
    const wait = Effect.sleep(doubled * (0.8 + 0.4 * (yield* Random.next)))
    yield* Effect.raceFirst(this.stopped.await, wait)
  })

  private settle(group: ReadonlyArray<HeldBatch>, first: Position): void {
    this.failures = 0
    this.trouble = undefined
    const before = this.held.positions
    this.held.release(group.length)
    this.accepted = first + before - this.held.positions
    for (const { envelopes, onAccepted } of group) onAccepted?.(envelopes)
    this.options.onAccepted(group, first)
  }
}
