import { Effect } from "effect"
import { Journal } from "../../services/Journal.ts"
import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Envelope } from "../domain/Envelope.ts"
import type { Self } from "../runtime/Actor.ts"
import { reconnect } from "../runtime/Backoff.ts"
import type { Flow } from "./venue/Flow.ts"

const journalRetry = reconnect({ first: "100 millis", max: "10 seconds" })

const nothing: ReadonlyArray<Envelope> = []

const closed = "closed" as const

/**
 * Hands envelopes to the journal, and gives back those that it had no room for and that are declared to give way. They
 * are counted as accepted when the journal has synced them, and are in flight until then. A journal that cannot take
 * them now (a full disk) will later: what is in hand is kept and offered again.
 */
export const makeAppend = (metrics: VenueMetrics, flow: Flow) => {
  const onAccepted = (accepted: ReadonlyArray<Envelope>) => {
    flow.appending -= accepted.length
    metrics.recordsAccepted.add(accepted.length)
  }
  const drop = (reason: "journal_full" | "stopped", dropped: ReadonlyArray<Envelope>) => {
    flow.appending -= dropped.length
    metrics.recordsDropped(reason).add(dropped.length)
  }
  return Effect.fnUntraced(function* (envelopes: ReadonlyArray<Envelope>, self: Self | undefined) {
    if (envelopes.length === 0) return nothing
    const journal = yield* Journal
    flow.appending += envelopes.length
    let troubled = false
    const outcome = yield* journal.append(envelopes, onAccepted).pipe(
      Effect.tapError((error) => {
        if (error.reason === "closed") return Effect.void
        troubled = true
        // The journal itself logs what is wrong, once.
        return self?.degraded(error.message) ?? Effect.void
      }),
      Effect.retry({
        schedule: journalRetry,
        while: (error) => error.reason === "io" || error.reason === "full",
      }),
      // The process is leaving without waiting for what was in hand: that was said.
      Effect.catchIf(
        (error) => error.reason === "closed",
        () => Effect.succeed(closed),
      ),
      Effect.orDie,
      // Nothing of it is held then.
      Effect.onError(() =>
        Effect.sync(() => {
          flow.appending -= envelopes.length
        }),
      ),
    )
    if (outcome === closed) {
      drop("stopped", envelopes)
      return nothing
    }
    if (troubled && self !== undefined) yield* self.ready
    if (outcome === undefined) return nothing
    drop("journal_full", outcome.dropped)
    return outcome.dropped
  })
}
