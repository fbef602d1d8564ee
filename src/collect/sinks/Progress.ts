import { Effect, Latch } from "effect"
import type { Position } from "../../../services/Journal.ts"
import { Waiters } from "../../runtime/Waiters.ts"

/** Lets fibers wait until something has come to a position. */
export class Progress {
  private readonly waiting = new Waiters<{ readonly position: Position; readonly latch: Latch.Latch }>()
  private readonly of: { readonly position: Position }

  constructor(of: { readonly position: Position }) {
    this.of = of
  }

  /** It has moved on. */
  made(): void {
    for (const each of this.waiting.all()) {
      if (each.position > this.of.position) continue
      this.waiting.delete(each)
      each.latch.openUnsafe()
    }
  }

  reached(position: Position): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (position <= this.of.position) return Effect.void
      const each = { position, latch: Latch.makeUnsafe(false) }
      this.waiting.add(each)
      return Effect.ensuring(
        each.latch.await,
        Effect.sync(() => this.waiting.delete(each)),
      )
    })
  }
}
