import { Clock, Effect } from "effect"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Budget } from "../Budget.ts"
import { stateOf, type StreamEntry } from "../StreamTable.ts"

const everyMillis = 1_000

export interface WatchOptions {
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly metrics: VenueMetrics
  readonly restWeight: Budget
  /** An acknowledged stream that delivers nothing for so long is named. */
  readonly silentAfterMillis: number
}

/**
 * Notices streams that were acknowledged and never deliver: a venue acknowledges subscriptions that it will never
 * serve. It may be a quiet market, so it is said and shown, and nothing is restarted for it.
 */
export const watch = Effect.fnUntraced(function* (options: WatchOptions): Effect.fn.Return<never> {
  for (;;) {
    const now = yield* Clock.currentTimeMillis
    for (const entry of options.table.values()) {
      if (entry.silent || stateOf(entry) !== "acknowledged") continue
      if (now - entry.acknowledgedAt! < options.silentAfterMillis) continue
      entry.silent = true
      yield* Effect.logWarning(
        `${entry.stream.wire} was acknowledged ${Math.round((now - entry.acknowledgedAt!) / 1000)} s ago and has delivered nothing: a quiet market, or a name or route that the venue does not serve`,
      ).pipe(Effect.annotateLogs({ venue: entry.stream.venue, stream: entry.stream.key }))
    }
    options.metrics.restWeightUsed.set(yield* options.restWeight.used)
    yield* Effect.sleep(everyMillis)
  }
})
