import type { JournalBatch, Position } from "../../../services/Journal.ts"
import type { SinkAccount } from "../../../services/Collection.ts"
import type { Undelivered } from "../../../services/Sink.ts"

/**
 * What became of every envelope that was accepted since a sink's cursor began. It is kept apart from the cursor, so that
 * the identity accepted = delivered + deadLettered + dropped + waiting says something: it counts envelopes, and the
 * cursor counts positions.
 */
export class SinkLedger {
  state: SinkAccount["state"] = "opening"
  lastError: string | undefined
  /** `undefined` until its cursor is there. */
  private began: Position | undefined
  /** The furthest that it ever was. */
  private done: Position = 0
  /** Behind `done` while the sink has to be given again what it had: it could not make it safe. */
  private at: Position = 0
  private delivered = 0
  private deadLettered = 0
  private readonly dropped: Record<string, number> = {}
  private readonly name: string
  private readonly type: string

  constructor(name: string, type: string) {
    this.name = name
    this.type = type
  }

  /** Everything before it is done with. */
  get position(): Position {
    return this.at
  }

  /** Once: the cursor began at `began` and stands at `position`. */
  begin(began: Position, position: Position): void {
    this.began = began
    this.done = position
    this.at = position
    this.delivered = position - began
  }

  /** The sink itself says that it holds everything before `position`, and goes on from there. */
  holds(position: Position): void {
    this.at = position
    if (position <= this.done) return
    this.delivered += position - this.done
    this.done = position
  }

  /** The batch is done with. Gives how many of its positions are newly known to be lost. */
  settle({ envelopes, lost = 0, next }: JournalBatch, undelivered: Undelivered | undefined): number {
    const count = envelopes.length
    // What is delivered once more, after a failure, was counted the first time. Which of a batch's positions are lost is
    // not known: those that are new are taken to be the first of them.
    const fresh = Math.max(0, next - Math.max(this.done, next - count - lost))
    const damaged = Math.min(lost, fresh)
    const again = count - (fresh - damaged)
    if (next > this.done) this.done = next
    if (next > this.at) this.at = next
    if (damaged > 0) this.dropped["damaged"] = (this.dropped["damaged"] ?? 0) + damaged
    let others = 0
    if (undelivered !== undefined && again === 0) {
      this.deadLettered += undelivered.deadLettered.length
      others += undelivered.deadLettered.length
      for (const [reason, number] of Object.entries(undelivered.dropped)) {
        this.dropped[reason] = (this.dropped[reason] ?? 0) + number
        others += number
      }
    }
    this.delivered += count - again - others
    return damaged
  }

  account(end: Position): SinkAccount {
    const accepted = this.began === undefined ? 0 : end - this.began
    const waiting = this.began === undefined ? 0 : Math.max(0, end - this.done)
    const again = Math.min(this.delivered, this.done - this.at)
    return {
      name: this.name,
      type: this.type,
      state: this.state,
      accepted,
      delivered: this.delivered - again,
      deadLettered: this.deadLettered,
      dropped: { ...this.dropped },
      waiting: waiting + again,
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
    }
  }
}
