import { Effect, Layer } from "effect"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import { Journal } from "../../services/Journal.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"

/** A journal in memory that has room, or has none, as the test says; then everything but gaps gives way. */
export const makeNarrow = () => {
  let full = false
  const layer = Layer.effect(
    Journal,
    Effect.map(Journal, (journal) =>
      Journal.of({
        ...journal,
        append: (envelopes, onAccepted) => {
          const gives = ({ type }: Envelope) => full && type !== "gap"
          const dropped = envelopes.filter(gives)
          const taken = envelopes.filter((envelope) => !gives(envelope))
          const append = journal.append(taken, onAccepted)
          return dropped.length === 0 ? append : Effect.as(append, { dropped })
        },
      }),
    ),
  ).pipe(Layer.provide(MemoryJournal.layer({ capacityBytes: 64 << 20 })))
  return { layer, fill: () => (full = true), free: () => (full = false) }
}
