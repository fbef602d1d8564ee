import { Effect } from "effect"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Self } from "../../runtime/Actor.ts"
import type { Budget } from "../Budget.ts"
import { type BooksLogOptions, tellBooks } from "./BooksLog.ts"

const everyMillis = 1_000

export interface WatchOptions extends Pick<BooksLogOptions, "books"> {
  readonly venue: { readonly name: string }
  readonly metrics: VenueMetrics
  readonly restWeight: Budget
}

/**
 * Shows what is used of the REST weight, which comes back by itself while nobody asks, and says how far the books are
 * that wait for it.
 */
export const watch =
  ({ books, metrics, restWeight, venue }: WatchOptions) =>
  (self: Self): Effect.Effect<never> => {
    const show = Effect.forever(
      Effect.andThen(
        Effect.map(restWeight.used, (used) => metrics.restWeightUsed.set(used)),
        Effect.sleep(everyMillis),
      ),
    )
    return Effect.andThen(self.ready, Effect.raceFirst(show, tellBooks({ venue: venue.name, books })))
  }
