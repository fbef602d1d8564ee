import { Effect, Exit } from "effect"
import type { Appended, JournalError, OnAccepted } from "../../../services/Journal.ts"
import type { WhenFull } from "../../../services/JournalConfig.ts"
import type { Channel } from "../../../src/domain/Channel.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { Committer } from "./Committer.ts"
import { closed } from "./Failure.ts"
import { sizeOf } from "./Held.ts"
import type { Keeper } from "./Keeper.ts"
import type { SegmentList } from "./SegmentList.ts"
import type { Waiting, WaitingAppend } from "./Waiting.ts"

export interface AppendingOptions {
  readonly segments: SegmentList
  readonly committer: Committer
  readonly keeper: Keeper
  readonly waiting: Waiting
  readonly maxSize: number
  /** What batches that are not accepted yet may take in memory. */
  readonly memory: number
  readonly whenFull: (channel: Channel) => WhenFull
  readonly isClosed: () => boolean
}

/** Takes batches while there is room, lets them wait in order where there is none, and drops what is declared to give way. */
export class Appending {
  private readonly options: AppendingOptions
  /** There is no room on the disk, and nothing that may be removed, until a cursor moves. */
  private exhausted = false
  private isAdmittingAll = false

  constructor(options: AppendingOptions) {
    this.options = options
  }

  append(
    envelopes: ReadonlyArray<Envelope>,
    onAccepted: OnAccepted | undefined,
  ): Effect.Effect<void | Appended, JournalError> {
    return Effect.suspend((): Effect.Effect<void | Appended, JournalError> => {
      if (this.options.isClosed()) return Effect.fail(closed)
      if (envelopes.length === 0) return Exit.void
      const { committer } = this.options
      const size = sizeOf(envelopes)
      if (
        this.options.waiting.appends.size === 0 &&
        this.hasMemory(size.memory) &&
        this.hasDisk(envelopes, size.disk)
      ) {
        committer.put(envelopes, size, 0, onAccepted)
        return Exit.void
      }
      return Effect.callback((resume) => {
        const append: WaitingAppend = { envelopes, size, onAccepted, dropped: [], resume }
        this.options.waiting.appends.add(append)
        this.options.keeper.look()
        this.options.waiting.wake()
        // Had it been put, it would not be among those who wait: so it is taken back whole.
        return Effect.sync(() => {
          if (this.options.waiting.appends.delete(append)) this.options.waiting.wake()
        })
      })
    })
  }

  /** The keeper has looked for room. */
  passed(): void {
    if (this.wantsRoom()) this.exhausted = true
    this.options.waiting.wake()
  }

  /** A cursor has moved: there may be something to remove. */
  moved(): void {
    this.exhausted = false
    this.options.waiting.wake()
  }

  admitAll(): void {
    this.isAdmittingAll = true
    this.options.waiting.wake()
  }

  /** Whether all the disk that it may take is used up, by what somebody has yet to deliver. */
  get isExhausted(): boolean {
    return this.exhausted
  }

  /** Whether the first that waits needs room on the disk. */
  wantsRoom(): boolean {
    for (const { envelopes, size } of this.options.waiting.appends) return !this.hasDisk(envelopes, size.disk)
    return false
  }

  /** Decides anew about everyone who waits. */
  goOn(): void {
    let blocked = false
    for (const append of Array.from(this.options.waiting.appends)) {
      if (!this.options.waiting.appends.has(append)) continue
      if (!this.decide(append, blocked)) blocked = true
    }
  }

  private hasMemory(bytes: number): boolean {
    const { committer, memory } = this.options
    return committer.held.positions === 0 || committer.held.memory + bytes <= memory
  }

  private hasDisk(envelopes: ReadonlyArray<Envelope>, bytes: number): boolean {
    if (this.isAdmittingAll) return true
    const { committer, maxSize, segments } = this.options
    const used = segments.bytes + committer.held.disk
    if (used + bytes <= maxSize || (committer.held.disk === 0 && segments.isEmpty)) return true
    return envelopes.every(({ type }) => type === "gap")
  }

  /** False: it has to go on waiting. `behind`: so does one before it. */
  private decide(append: WaitingAppend, behind: boolean): boolean {
    const { committer, keeper } = this.options
    const answer = (exit: Effect.Effect<void | Appended, JournalError>): boolean => {
      if (this.options.waiting.appends.delete(append)) append.resume(exit)
      return true
    }
    if (this.options.isClosed()) return answer(Effect.fail(closed))
    const disk = this.hasDisk(append.envelopes, append.size.disk)
    if (!behind && disk && this.hasMemory(append.size.memory)) {
      committer.put(append.envelopes, append.size, 0, append.onAccepted)
      return answer(this.outcome(append))
    }
    if (!disk && !this.exhausted) keeper.look()
    if ((!disk && this.exhausted) || committer.trouble !== undefined) {
      this.giveWay(append)
      if (append.envelopes.length === 0) return answer(this.outcome(append))
      if (committer.trouble !== undefined) return answer(Effect.fail(committer.trouble))
    }
    return false
  }

  private outcome({ dropped }: WaitingAppend): Effect.Effect<void | Appended> {
    return dropped.length === 0 ? Exit.void : Effect.succeed({ dropped })
  }

  /** Drops what is declared to give way. A `gap` record says what was lost: it is not lost itself. */
  private giveWay(append: WaitingAppend): void {
    const { whenFull } = this.options
    const kept = append.envelopes.filter(
      ({ type, stream }) => type === "gap" || whenFull(stream.dataType.type as Channel) === "block",
    )
    if (kept.length === append.envelopes.length) return
    const staying = new Set(kept)
    for (const envelope of append.envelopes) if (!staying.has(envelope)) append.dropped.push(envelope)
    append.envelopes = kept
    append.size = sizeOf(kept)
  }
}
