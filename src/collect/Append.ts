import { Effect } from "effect"
import { Journal } from "../../services/Journal.ts"
import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Envelope } from "../domain/Envelope.ts"
import type { Self } from "../runtime/Actor.ts"
import { reconnect } from "../runtime/Backoff.ts"
import type { Flow } from "./venue/Flow.ts"

const journalRetry = reconnect({ first: "100 millis", max: "10 seconds" })

/**
 * Hands envelopes to the journal. A journal that cannot take them now (a full disk) will later: what is in hand is kept
 * and offered again.
 */
export const makeAppend = (metrics: VenueMetrics, flow: Flow) =>
  Effect.fnUntraced(function* (envelopes: ReadonlyArray<Envelope>, self: Self | undefined) {
    if (envelopes.length === 0) return
    const journal = yield* Journal
    flow.appending += envelopes.length
    let troubled = false
    yield* journal.append(envelopes).pipe(
      Effect.tapError((error) => {
        troubled = true
        return Effect.andThen(
          self?.degraded(error.message) ?? Effect.void,
          Effect.logError(`${error.message}; trying again`),
        )
      }),
      Effect.retry({
        schedule: journalRetry,
        while: (error) => error.reason === "io" || error.reason === "full",
      }),
      Effect.orDie,
      Effect.ensuring(
        Effect.sync(() => {
          flow.appending -= envelopes.length
        }),
      ),
    )
    if (troubled && self !== undefined) yield* self.ready
    metrics.recordsAccepted.add(envelopes.length)
  })
