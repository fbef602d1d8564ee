import { Effect, type Scope } from "effect"
import type { SubscriptionAnswer, SubscriptionRequest } from "../../../services/Collection.ts"
import type { StreamEntry } from "../StreamTable.ts"
import { resolve } from "../venue/Requests.ts"
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
export const makeHolds = (runtimes: ReadonlyMap<string, VenueRuntime>) => {
  const holders = new Map<string, number>()

  const entryOf = ({ dataType, symbol, venue }: Named): StreamEntry | undefined => {
    for (const entry of runtimes.get(venue)?.table.values() ?? [])
      if (entry.stream.dataType.word === dataType && entry.stream.instrument.symbol === symbol) return entry
    return undefined
  }

  const letGo = Effect.fnUntraced(function* (held: Named) {
    const left = (holders.get(keyOf(held)) ?? 1) - 1
    if (left > 0) return void holders.set(keyOf(held), left)
    holders.delete(keyOf(held))
    if (entryOf(held)?.origin === "task") yield* runtimes.get(held.venue)!.unsubscribe(requestOf(held))
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
    /** The API asked for what a task has: from now on it is the API's too. */
    claim: (answer: SubscriptionAnswer): SubscriptionAnswer => {
      const entry = answer.result === "already" ? entryOf(answer) : undefined
      if (entry?.origin !== "task") return answer
      entry.origin = "api"
      return { ...answer, result: "added" }
    },
    /** The API lets go of it: removed, unless a task still needs it. */
    release: Effect.fnUntraced(function* (runtime: VenueRuntime, request: SubscriptionRequest) {
      const answers: Array<SubscriptionAnswer> = []
      for (const symbol of request.symbols)
        for (const dataType of request.dataTypes) {
          const one = { venue: request.venue, symbols: [symbol], dataTypes: [dataType] }
          const stream = resolve(runtime.venue, one)[0]?.stream
          const entry = stream === undefined ? undefined : runtime.table.get(stream)
          const named =
            stream === undefined
              ? undefined
              : { venue: request.venue, symbol: stream.instrument.symbol, dataType }
          if (entry === undefined || named === undefined || !holders.has(keyOf(named))) {
            answers.push(...(yield* runtime.unsubscribe(one)))
            continue
          }
          answers.push({ ...named, result: entry.origin === "task" ? "absent" : "removed" })
          entry.origin = "task"
        }
      return answers
    }),
  }
}
