import { Effect, Exit, type Scheduler } from "effect"
import type { JournalError, JournalStatus } from "../../../services/Journal.ts"
import type { WhenFull } from "../../../services/JournalConfig.ts"
import type { Channel } from "../../../src/domain/Channel.ts"
import { Appending } from "./Appending.ts"
import type { Committer } from "./Committer.ts"
import type { CursorTable } from "./CursorTable.ts"
import type { DamageLog } from "./Damage.ts"
import type { DiskReader } from "./DiskReader.ts"
import { closed } from "./Failure.ts"
import type { Keeper } from "./Keeper.ts"
import { Reading } from "./Reading.ts"
import type { SegmentList } from "./SegmentList.ts"
import { Waiting } from "./Waiting.ts"

export interface SegmentsJournalOptions {
  readonly folder: string
  readonly segments: SegmentList
  readonly cursors: CursorTable
  readonly damage: DamageLog
  readonly committer: Committer
  readonly keeper: Keeper
  readonly makeDiskReader: () => DiskReader
  readonly dispatcher: Scheduler.SchedulerDispatcher
  readonly maxSize: number
  /** What batches that are not accepted yet may take in memory, and the same for those that some reader has yet to take. */
  readonly memory: number
  readonly whenFull: (channel: Channel) => WhenFull
  /** Whether every new cursor begins at the first record held. */
  readonly cursorsLost: boolean
}

/** Who appends, reads and waits. What the disk does is told to it. */
export class SegmentsJournal {
  readonly reading: Reading
  readonly appending: Appending
  private isClosed = false
  private readonly options: SegmentsJournalOptions
  private readonly waiting: Waiting

  constructor(options: SegmentsJournalOptions) {
    this.options = options
    this.waiting = new Waiting(options.dispatcher, () => this.goOn())
    const shared = { ...options, waiting: this.waiting, isClosed: () => this.isClosed }
    this.appending = new Appending(shared)
    this.reading = new Reading({ ...shared, onMove: () => this.appending.moved() })
  }

  get sync(): Effect.Effect<void, JournalError> {
    return Effect.suspend(() => {
      const { committer } = this.options
      if (this.isClosed) return Effect.fail(closed)
      const position = committer.end
      if (committer.accepted >= position) return Exit.void
      committer.hurry()
      return Effect.callback<void, JournalError>((resume) => {
        const sync = { position, resume }
        this.waiting.syncs.add(sync)
        // The fiber may have yielded since it looked.
        if (this.isClosed || committer.accepted >= position) this.waiting.wake()
        return Effect.sync(() => void this.waiting.syncs.delete(sync))
      })
    })
  }

  status(): JournalStatus {
    const { committer, cursors, damage, maxSize, segments } = this.options
    const found = damage.all
    const trouble = committer.trouble?.message ?? this.full()
    return {
      kind: "segments",
      accepted: committer.accepted,
      bytes: segments.bytes,
      capacityBytes: maxSize,
      cursors: cursors.status(committer.accepted, (position) => segments.bytesFrom(position)),
      ...(trouble === undefined ? {} : { trouble }),
      ...(found.length === 0 ? {} : { damage: found }),
    }
  }

  /** A group could not be synced: who waits for it hears why. */
  troubled(error: JournalError): void {
    for (const sync of Array.from(this.waiting.syncs))
      if (this.waiting.syncs.delete(sync)) sync.resume(Effect.fail(error))
    this.waiting.wake()
  }

  close(): void {
    this.isClosed = true
    this.waiting.wake()
  }

  /** Why there is no room, and who could make some. */
  private full(): string | undefined {
    if (!this.appending.isExhausted) return undefined
    const { committer, cursors, folder, maxSize } = this.options
    const least = cursors.least(committer.accepted, "all")
    const behind = cursors.stored.flatMap(({ name, position }) => (position === least ? [name] : []))
    return `journal full: ${folder} holds journal.maxSize (${maxSize} bytes), and ${behind.join(", ")} has not delivered the oldest of it. It goes on by itself once that sink delivers; or raise journal.maxSize`
  }

  // Resuming runs the other fiber at once, up to its next wait: everything is decided anew before each, and whoever
  // begins to wait meanwhile has another turn.
  private goOn(): void {
    const { committer } = this.options
    const { syncs, takes } = this.waiting
    this.appending.goOn()
    for (const take of Array.from(takes)) if (take.canGoOn() && takes.delete(take)) take.resume()
    for (const sync of Array.from(syncs)) {
      const done = committer.accepted >= sync.position
      if ((done || this.isClosed) && syncs.delete(sync)) sync.resume(done ? Exit.void : Effect.fail(closed))
    }
    for (const take of takes) if (take.canGoOn()) return this.waiting.wake()
  }
}
