import { Effect } from "effect"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Budget } from "../Budget.ts"

const everyMillis = 1_000

export interface WatchOptions {
  readonly metrics: VenueMetrics
  readonly restWeight: Budget
}

/** Shows what is used of the REST weight: it comes back by itself while nobody asks. */
export const watch = ({ metrics, restWeight }: WatchOptions): Effect.Effect<never> =>
  Effect.forever(
    Effect.andThen(
      Effect.map(restWeight.used, (used) => metrics.restWeightUsed.set(used)),
      Effect.sleep(everyMillis),
    ),
  )
