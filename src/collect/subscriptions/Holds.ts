import { Effect, type Scope } from "effect"
import type { SubscriptionAnswer, SubscriptionRequest } from "../../../services/Collection.ts"
import type { VenueRuntime } from "../venue/VenueRuntime.ts"

type Named = Pick<SubscriptionAnswer, "venue" | "symbol" | "dataType">

const keyOf = ({ dataType, symbol, venue }: Named): string => [venue, symbol, dataType].join("\u0000")

const requestOf = ({ dataType, symbol, venue }: Named): SubscriptionRequest => ({
  venue,
  symbols: [symbol],
  dataTypes: [dataType],
})

/**
 * Who needs a stream besides the configuration and the API: tasks, each for as long as it runs. The last one to let go of a
 * stream that nobody else asked for ends it.
 */
export const makeHolds = (runtimes: ReadonlyMap<string, Pick<VenueRuntime, "release" | "subscribe">>) => {
  const holders = new Map<string, number>()

  const letGo = Effect.fnUntraced(function* (held: Named) {
    const left = (holders.get(keyOf(held)) ?? 1) - 1
    if (left > 0) return void holders.set(keyOf(held), left)
    holders.delete(keyOf(held))
    yield* runtimes.get(held.venue)!.release(requestOf(held))
  })

  const take = Effect.fnUntraced(function* (request: SubscriptionRequest) {
    const answers = yield* runtimes.get(request.venue)!.subscribe(request, "task")
    for (const answer of answers)
      if (answer.result !== "refused") holders.set(keyOf(answer), (holders.get(keyOf(answer)) ?? 0) + 1)
    return answers
  })

  return {
    /** Of a venue that is configured. */
    hold: (
      request: SubscriptionRequest,
    ): Effect.Effect<ReadonlyArray<SubscriptionAnswer>, never, Scope.Scope> =>
      Effect.acquireRelease(take(request), (answers) =>
        Effect.forEach(
          answers.filter(({ result }) => result !== "refused"),
          letGo,
          { discard: true },
        ),
      ),
  }
}
