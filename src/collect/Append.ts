import { Effect } from "effect"
import { Journal, type JournalError, type OnAccepted } from "../../services/Journal.ts"
import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Envelope } from "../domain/Envelope.ts"
import type { Self } from "../runtime/Actor.ts"
import { reconnect } from "../runtime/Backoff.ts"
import type { Flow } from "./venue/Flow.ts"

const journalRetry = reconnect({ first: "100 millis", max: "10 seconds" })

const nothing: ReadonlyArray<Envelope> = []

const closed = "closed" as const

/**
 * Appends, however long it takes: a journal that cannot take envelopes now (a full disk) will later. Gives back those
 * that it had no room for and that are declared to give way; `closed` when the process leaves without waiting for what
 * was in hand. Where it does not complete, the journal holds none of them.
 */
export const appendInTime = (
  journal: Pick<Journal["Service"], "append">,
  envelopes: ReadonlyArray<Envelope>,
  onAccepted: OnAccepted,
  onTrouble: (error: JournalError) => Effect.Effect<void>,
): Effect.Effect<ReadonlyArray<Envelope> | "closed"> =>
  journal.append(envelopes, onAccepted).pipe(
    // The journal itself logs what is wrong, once.
    Effect.tapError((error) => (error.reason === "closed" ? Effect.void : onTrouble(error))),
    Effect.retry({
      schedule: journalRetry,
      while: (error) => error.reason === "io" || error.reason === "full",
    }),
    Effect.map((appended) => appended?.dropped ?? nothing),
    Effect.catchIf(
      (error) => error.reason === "closed",
      () => Effect.succeed(closed),
    ),
    Effect.orDie,
  )

/**
 * Hands envelopes to the journal, and gives back those that it had no room for and that are declared to give way. They
 * are counted as accepted when the journal has synced them, and are in flight until then. What cannot be taken now is
 * kept in hand and offered again.
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
    const onTrouble = (error: JournalError) => {
      troubled = true
      return self?.degraded(error.message) ?? Effect.void
    }
    const outcome = yield* appendInTime(journal, envelopes, onAccepted, onTrouble).pipe(
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
    if (outcome.length > 0) drop("journal_full", outcome)
    return outcome
  })
}
