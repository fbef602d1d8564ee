import { Effect, Exit, type Scope } from "effect"
import {
  type JournalBatch,
  JournalError,
  type JournalReader,
  type Position,
} from "../../../services/Journal.ts"
import { giveBack } from "../../../src/domain/Slab.ts"
import { RetainedLog } from "../RetainedLog.ts"
import type { Committer } from "./Committer.ts"
import type { CursorTable, OpenReader } from "./CursorTable.ts"
import type { DiskReader } from "./DiskReader.ts"
import { closed, journalFailure } from "./Failure.ts"
import type { HeldBatch } from "./Held.ts"
import type { Keeper } from "./Keeper.ts"
import type { SegmentList } from "./SegmentList.ts"
import type { Waiting } from "./Waiting.ts"

export interface ReadingOptions {
  readonly folder: string
  readonly segments: SegmentList
  readonly cursors: CursorTable
  readonly committer: Committer
  readonly keeper: Keeper
  readonly makeDiskReader: () => DiskReader
  readonly waiting: Waiting
  /** What accepted batches may take in memory that some reader has yet to take. */
  readonly memory: number
  /** Whether every new cursor begins at the first record held. */
  readonly cursorsLost: boolean
  readonly isClosed: () => boolean
  /** A cursor has moved or gone. */
  readonly onMove: () => void
}

/** Gives what was accepted: from memory to readers that keep up, from the disk to those that lag, without a seam. */
export class Reading {
  private readonly options: ReadingOptions
  /** What was accepted lately. */
  private readonly tail: RetainedLog

  constructor(options: ReadingOptions) {
    this.options = options
    this.tail = new RetainedLog(options.committer.accepted)
  }

  reader(name: string, from: "earliest" | "latest"): Effect.Effect<JournalReader, JournalError, Scope.Scope> {
    const { committer, cursors, cursorsLost, keeper, makeDiskReader, segments } = this.options
    const open = Effect.suspend(() => {
      if (this.options.isClosed()) return Effect.fail(closed)
      const isNew = !cursors.has(name)
      const earliest = from === "earliest" || cursorsLost
      const began = earliest ? (segments.first ?? committer.accepted) : committer.accepted
      const reader = cursors.open(name, began)
      if (reader instanceof JournalError) return Effect.fail(reader)
      return isNew ? Effect.as(this.cursorsChanged, reader) : Effect.succeed(reader)
    })
    const close = (reader: OpenReader) =>
      Effect.sync(() => {
        cursors.close(reader)
        this.releaseTail()
        this.options.waiting.wake()
      })
    return Effect.gen({ self: this }, function* () {
      const reader = yield* Effect.acquireRelease(Effect.uninterruptible(open), close)
      const disk = yield* Effect.acquireRelease(Effect.sync(makeDiskReader), (each) => each.close)
      const move = (change: () => JournalError | undefined) =>
        Effect.suspend(() => {
          const problem = this.objection(reader) ?? change()
          return problem === undefined ? Exit.void : Effect.fail(problem)
        })
      return {
        name,
        start: reader.cursor.position,
        take: (maxItems, maxBytes = Number.MAX_SAFE_INTEGER) => this.take(reader, disk, maxItems, maxBytes),
        commit: (position) =>
          move(() => {
            const before = reader.cursor.position
            const problem = cursors.commit(reader, position, committer.accepted)
            if (reader.cursor.position > before) {
              this.releaseTail()
              keeper.changed()
              this.options.onMove()
            }
            return problem
          }),
        seek: (position) => move(() => cursors.seek(reader, position, committer.accepted)),
        done: (position) => reader.holding.release(position),
      }
    })
  }

  forget(name: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.options.cursors.forget(name)) return Effect.void
      this.releaseTail()
      this.options.onMove()
      return this.cursorsChanged
    })
  }

  /** A group has been synced. */
  accepted(batches: ReadonlyArray<HeldBatch>): void {
    const { cursors, memory } = this.options
    const isRead = cursors.isRead
    for (const { envelopes, size, skip } of batches) {
      if (skip > 0 || !isRead) this.tail.release(this.tail.end)
      if (skip > 0) this.tail.pass(skip)
      if (isRead) this.tail.append(envelopes, size.payload)
      else {
        this.tail.pass(envelopes.length)
        giveBack(envelopes)
      }
    }
    this.tail.keepWithin(memory)
    this.options.waiting.wake()
  }

  /** A new cursor, or one less, is stored before it is spoken of; where that fails now it is tried again. */
  private get cursorsChanged(): Effect.Effect<void> {
    const { keeper } = this.options
    return Effect.suspend(() => {
      keeper.changed()
      return Effect.ignore(keeper.pass)
    })
  }

  private take(
    reader: OpenReader,
    disk: DiskReader,
    maxItems: number,
    maxBytes: number,
  ): Effect.Effect<JournalBatch, JournalError> {
    const take: Effect.Effect<JournalBatch, JournalError> = Effect.suspend(() => {
      const problem = this.objection(reader)
      if (problem !== undefined) return Effect.fail(problem)
      const { accepted } = this.options.committer
      if (reader.read >= accepted) return Effect.andThen(this.arrival(reader, accepted), take)
      if (reader.read < this.tail.first)
        return Effect.flatMap(fromDisk, (batch) =>
          // Nothing there: all of it up to the end is lost.
          batch === undefined ? Effect.andThen(this.arrival(reader, accepted), take) : Exit.succeed(batch),
        )
      return Exit.succeed(this.fromTail(reader, reader.read, maxItems, maxBytes))
    })
    const fromDisk = Effect.suspend(() => {
      const position = reader.read
      return Effect.map(disk.read(position, maxItems, maxBytes), (batch) => {
        const problem = this.objection(reader)
        // A closed reader hears so at the next turn.
        if (reader.read !== position || problem !== undefined) return undefined
        if (batch !== undefined) {
          reader.read = batch.next
          return batch
        }
        const { first, end } = this.tail
        return first < end ? this.fromTail(reader, first, maxItems, maxBytes) : undefined
      })
    }).pipe(Effect.mapError((error) => journalFailure(this.options.folder, error)))
    return take
  }

  /** From memory; what is missing before `from` is lost. */
  private fromTail(reader: OpenReader, from: Position, maxItems: number, maxBytes: number): JournalBatch {
    const { envelopes, payload } = this.tail.slice(from, maxItems, maxBytes, reader.holding)
    const lost = from - reader.read
    const next = from + envelopes.length
    reader.read = next
    this.releaseTail()
    const batch = { envelopes, payload, next }
    return lost > 0 ? { ...batch, lost, first: from } : batch
  }

  /** Waits for more than was accepted when nothing was found. */
  private arrival(reader: OpenReader, seen: Position): Effect.Effect<void> {
    const from = reader.read
    const canGoOn = () =>
      this.objection(reader) !== undefined || this.options.committer.accepted > seen || reader.read !== from
    return Effect.callback((resume) => {
      // The fiber may have yielded since it saw nothing.
      if (canGoOn()) return resume(Exit.void)
      const take = { canGoOn, resume: () => resume(Exit.void) }
      this.options.waiting.takes.add(take)
      return Effect.sync(() => void this.options.waiting.takes.delete(take))
    })
  }

  private objection(reader: OpenReader): JournalError | undefined {
    return this.options.isClosed() ? closed : this.options.cursors.objection(reader)
  }

  /** What every reader has taken is given once more from the disk, where that is asked for. */
  private releaseTail(): void {
    this.tail.release(this.options.cursors.leastRead(this.tail.end))
  }
}
