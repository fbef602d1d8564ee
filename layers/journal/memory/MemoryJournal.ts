import { Effect, Exit, type Scheduler, type Scope } from "effect"
import {
  type JournalBatch,
  JournalError,
  type JournalReader,
  type JournalStatus,
  type OnAccepted,
  type Position,
} from "../../../services/Journal.ts"
import type { Follower } from "../../../services/JournalCheckpoints.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { Waiters } from "../../../src/runtime/Waiters.ts"
import { weigh } from "../RetainedLog.ts"
import { Cursors, type OpenReader } from "./Cursors.ts"

export interface MemoryJournalOptions {
  /** What it holds at most, payloads and the objects around them. A single larger batch is admitted alone. */
  readonly capacityBytes: number
  /** The same in envelopes; no other bound than the bytes unless given. */
  readonly capacityItems?: number
}

export const closed = new JournalError({ reason: "closed", detail: "it has been closed" })

interface WaitingAppend {
  readonly envelopes: ReadonlyArray<Envelope>
  readonly weight: number
  readonly onAccepted: OnAccepted | undefined
  readonly resume: (answer: Effect.Effect<void, JournalError>) => void
}

interface WaitingTake {
  readonly reader: OpenReader
  readonly resume: () => void
}

/**
 * Who waits, and for what. Waiting fibers are woken from a task of their own, once for everything that happened
 * meanwhile: so readers get larger batches under load, and no one's code runs inside an append or a commit.
 */
export class MemoryJournal {
  readonly id: string
  isClosed = false
  private readonly capacityBytes: number
  private readonly capacityItems: number
  private readonly dispatcher: Scheduler.SchedulerDispatcher
  private readonly cursors = new Cursors()
  private readonly appends = new Waiters<WaitingAppend>()
  private readonly takes = new Waiters<WaitingTake>()
  private waking = false
  private follower: Follower | undefined

  constructor(id: string, options: MemoryJournalOptions, dispatcher: Scheduler.SchedulerDispatcher) {
    this.id = id
    this.capacityBytes = options.capacityBytes
    this.capacityItems = options.capacityItems ?? Number.MAX_SAFE_INTEGER
    this.dispatcher = dispatcher
  }

  append(
    envelopes: ReadonlyArray<Envelope>,
    onAccepted: OnAccepted | undefined,
  ): Effect.Effect<void, JournalError> {
    return Effect.suspend(() => {
      if (this.isClosed) return Effect.fail(closed)
      if (envelopes.length === 0) return Exit.void
      const weight = weigh(envelopes)
      if (this.appends.size > 0 || !this.fits(envelopes.length, weight))
        return this.waitToAppend(envelopes, weight, onAccepted)
      this.put(envelopes, onAccepted)
      this.wake()
      return Exit.void
    })
  }

  reader(name: string, from: "earliest" | "latest"): Effect.Effect<JournalReader, JournalError, Scope.Scope> {
    const open = Effect.suspend(() => {
      const reader = this.isClosed ? closed : this.cursors.open(name, from)
      return reader instanceof JournalError ? Effect.fail(reader) : Effect.succeed(reader)
    })
    const close = (reader: OpenReader) =>
      Effect.sync(() => {
        this.cursors.close(reader)
        this.wake()
      })
    return Effect.map(Effect.acquireRelease(open, close), (reader) => this.readerOf(reader))
  }

  forget(name: string): void {
    this.cursors.forget(name)
    this.wake()
  }

  follow(from: Position, follower: Follower): { readonly missed: number } {
    const { log } = this.cursors
    const first = Math.min(log.end, Math.max(from, log.first))
    for (let at = first; at < log.end;) {
      const { envelopes } = log.slice(at, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
      at += envelopes.length
      follower.accepted(envelopes, at)
    }
    this.follower = follower
    return { missed: Math.max(0, first - from) }
  }

  status(): JournalStatus {
    const { log } = this.cursors
    return {
      kind: "memory",
      accepted: log.end,
      bytes: log.bytes,
      capacityBytes: this.capacityBytes,
      cursors: this.cursors.status(),
    }
  }

  close(): void {
    this.isClosed = true
    this.wake()
  }

  private readerOf(reader: OpenReader): JournalReader {
    return {
      name: reader.cursor.name,
      start: reader.read,
      take: (maxItems, maxBytes = Number.MAX_SAFE_INTEGER) => this.take(reader, maxItems, maxBytes),
      commit: (position) => this.change(reader, () => this.cursors.commit(reader, position)),
      seek: (position) => this.change(reader, () => this.cursors.seek(reader, position)),
      done: (position) => reader.holding.release(position),
    }
  }

  private change(
    reader: OpenReader,
    move: () => JournalError | undefined,
  ): Effect.Effect<void, JournalError> {
    return Effect.suspend(() => {
      const problem = this.objection(reader) ?? move()
      if (problem !== undefined) return Effect.fail(problem)
      this.wake()
      return Exit.void
    })
  }

  private objection(reader: OpenReader): JournalError | undefined {
    return this.isClosed ? closed : this.cursors.objection(reader)
  }

  private take(
    reader: OpenReader,
    maxItems: number,
    maxBytes: number,
  ): Effect.Effect<JournalBatch, JournalError> {
    const take: Effect.Effect<JournalBatch, JournalError> = Effect.suspend(() => {
      const problem = this.objection(reader)
      if (problem !== undefined) return Effect.fail(problem)
      // The last step before the batch is the caller's: nothing can interrupt in between.
      const batch = this.cursors.take(reader, maxItems, maxBytes)
      return batch === undefined ? Effect.andThen(this.arrival(reader), take) : Exit.succeed(batch)
    })
    return take
  }

  private arrival(reader: OpenReader): Effect.Effect<void> {
    return Effect.callback((resume) => {
      // The fiber may have yielded since it saw nothing.
      if (this.canTake(reader)) return resume(Exit.void)
      const take = { reader, resume: () => resume(Exit.void) }
      this.takes.add(take)
      return Effect.sync(() => void this.takes.delete(take))
    })
  }

  private waitToAppend(
    envelopes: ReadonlyArray<Envelope>,
    weight: number,
    onAccepted: OnAccepted | undefined,
  ): Effect.Effect<void, JournalError> {
    return Effect.callback((resume) => {
      const append = { envelopes, weight, onAccepted, resume }
      this.appends.add(append)
      this.wake()
      // Had it been put, it would not be among those who wait: so it is taken back whole.
      return Effect.sync(() => {
        if (this.appends.delete(append)) this.wake()
      })
    })
  }

  private put(envelopes: ReadonlyArray<Envelope>, onAccepted: OnAccepted | undefined): void {
    onAccepted?.(envelopes)
    this.follower?.accepted(envelopes, this.cursors.log.end + envelopes.length)
    this.cursors.put(envelopes)
  }

  private fits(items: number, weight: number): boolean {
    const { log } = this.cursors
    const held = log.end - log.first
    return held === 0 || (log.bytes + weight <= this.capacityBytes && held + items <= this.capacityItems)
  }

  private canTake(reader: OpenReader): boolean {
    return this.isClosed || this.cursors.canTake(reader)
  }

  private wake(): void {
    if (this.waking || (this.appends.size === 0 && this.takes.size === 0)) return
    this.waking = true
    this.dispatcher.scheduleTask(() => this.wakeWaiting(), 0)
  }

  // Resuming runs the other fiber at once, up to its next wait: everything is decided anew before each, and whoever
  // begins to wait meanwhile has another turn.
  private wakeWaiting(): void {
    this.waking = false
    for (const append of this.appends.all()) {
      if (!this.canAppend(append)) break
      if (!this.appends.delete(append)) continue
      if (!this.isClosed) this.put(append.envelopes, append.onAccepted)
      append.resume(this.isClosed ? Effect.fail(closed) : Exit.void)
    }
    for (const take of this.takes.all()) {
      if (this.canTake(take.reader) && this.takes.delete(take)) take.resume()
    }
    if (this.someoneCanGoOn()) this.wake()
  }

  private canAppend(append: WaitingAppend): boolean {
    return this.isClosed || this.fits(append.envelopes.length, append.weight)
  }

  private someoneCanGoOn(): boolean {
    for (const take of this.takes.all()) if (this.canTake(take.reader)) return true
    const append = this.appends.first
    return append !== undefined && this.canAppend(append)
  }
}
