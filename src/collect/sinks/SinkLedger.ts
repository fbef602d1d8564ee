import type { Position } from "../../../services/Journal.ts"
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
  private began: Position = 0
  private done: Position = 0
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
    return this.done
  }

  /** Once: the cursor began at `began` and stands at `position`. */
  begin(began: Position, position: Position): void {
    this.began = began
    this.done = position
    this.delivered = position - began
  }

  /** The sink itself says that it holds everything before `position`. */
  holds(position: Position): void {
    if (position <= this.done) return
    this.delivered += position - this.done
    this.done = position
  }

  /** The batch of `count` envelopes that ends before `next` is done with. */
  settle(count: number, next: Position, undelivered: Undelivered | undefined): void {
    // What is delivered once more, after a failure, was counted the first time.
    const again = Math.min(count, Math.max(0, this.done - (next - count)))
    if (next > this.done) this.done = next
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
  }

  account(accepted: Position): SinkAccount {
    return {
      name: this.name,
      type: this.type,
      state: this.state,
      accepted: accepted - this.began,
      delivered: this.delivered,
      deadLettered: this.deadLettered,
      dropped: { ...this.dropped },
      waiting: Math.max(0, accepted - this.done),
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
    }
  }
}
