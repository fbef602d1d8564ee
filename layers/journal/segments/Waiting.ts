import type { Effect, Scheduler } from "effect"
import type { Appended, JournalError, OnAccepted, Position } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { Waiters } from "../../../src/runtime/Waiters.ts"
import type { Size } from "./Held.ts"

export interface WaitingAppend {
  envelopes: ReadonlyArray<Envelope>
  size: Size
  readonly onAccepted: OnAccepted | undefined
  readonly dropped: Array<Envelope>
  readonly resume: (answer: Effect.Effect<void | Appended, JournalError>) => void
}

export interface WaitingTake {
  readonly canGoOn: () => boolean
  readonly resume: () => void
}

export interface WaitingSync {
  readonly position: Position
  readonly resume: (answer: Effect.Effect<void, JournalError>) => void
}

/**
 * Who waits. They are woken from a task of their own, once for everything that happened meanwhile: so readers get larger
 * batches under load, and no one's code runs inside an append, a commit or a sync.
 */
export class Waiting {
  readonly appends = new Waiters<WaitingAppend>()
  readonly takes = new Waiters<WaitingTake>()
  readonly syncs = new Waiters<WaitingSync>()
  private waking = false
  private readonly dispatcher: Scheduler.SchedulerDispatcher
  private readonly onWake: () => void

  constructor(dispatcher: Scheduler.SchedulerDispatcher, onWake: () => void) {
    this.dispatcher = dispatcher
    this.onWake = onWake
  }

  wake(): void {
    if (this.waking || this.appends.size + this.takes.size + this.syncs.size === 0) return
    this.waking = true
    this.dispatcher.scheduleTask(() => {
      this.waking = false
      this.onWake()
    }, 0)
  }
}
