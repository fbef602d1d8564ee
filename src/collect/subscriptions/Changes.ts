import { Effect } from "effect"
import type { SubscriptionAnswer, SubscriptionRequest } from "../../../services/Collection.ts"
import { SubscriptionStore } from "../../../services/SubscriptionStore.ts"
import type { VenueRuntime } from "../venue/VenueRuntime.ts"

/** What a pattern selects is kept as the pattern. */
const keyOf = (answer: Pick<SubscriptionAnswer, "dataType" | "pattern" | "symbol" | "venue">): string =>
  [answer.venue, answer.pattern ?? answer.symbol, answer.dataType].join("\u0000")

const requestOf = (key: string): SubscriptionRequest => {
  const [venue, symbol, dataType] = key.split("\u0000")
  return { venue: venue!, symbols: [symbol!], dataTypes: [dataType!] }
}

const keysOf = (requests: ReadonlyArray<SubscriptionRequest>): ReadonlyArray<string> =>
  requests.flatMap(({ venue, symbols, dataTypes }) =>
    symbols.flatMap((symbol) => dataTypes.map((dataType) => keyOf({ venue, symbol, dataType }))),
  )

/**
 * Run-time changes on top of the configuration: applied at start, kept after each change. A store that cannot be read
 * or written is said, and collection goes on with what it has.
 */
export const makeChanges = Effect.fnUntraced(function* (runtimes: ReadonlyMap<string, VenueRuntime>) {
  const store = yield* SubscriptionStore
  const added = new Set<string>()
  const removed = new Set<string>()
  let readable = true

  const loaded = yield* Effect.result(store.load)
  if (loaded._tag === "Failure") {
    readable = false
    yield* Effect.logError(`run-time subscriptions are not in force: ${loaded.failure.message}`)
  } else {
    for (const key of keysOf(loaded.success.added)) added.add(key)
    for (const key of keysOf(loaded.success.removed)) removed.add(key)
  }
  // Patterns first: what is left out of them was removed.
  for (const key of added) {
    const request = requestOf(key)
    const answers = yield* runtimes.get(request.venue)?.subscribe(request, "api") ?? Effect.succeed([])
    for (const { result, reason } of answers)
      if (result === "refused")
        yield* Effect.logWarning(`a subscription made at run time is refused now: ${reason}`)
  }
  for (const key of removed) {
    const request = requestOf(key)
    yield* runtimes.get(request.venue)?.unsubscribe(request) ?? Effect.void
  }

  return {
    note: Effect.fnUntraced(function* (answers: ReadonlyArray<SubscriptionAnswer>) {
      let changed = false
      const results = new Map(
        answers.flatMap((answer) => {
          const { pattern, result } = answer
          // A pattern whose streams were all there already is new all the same.
          const isNew = result === "added" || (pattern !== undefined && result === "already")
          return isNew || result === "removed" ? [[keyOf(answer), isNew] as const] : []
        }),
      )
      for (const [key, isNew] of results) {
        changed = true
        if (isNew && !removed.delete(key)) added.add(key)
        if (!isNew && !added.delete(key)) removed.add(key)
      }
      if (!readable || !changed) return
      const changes = { added: [...added].map(requestOf), removed: [...removed].map(requestOf) }
      yield* store
        .save(changes)
        .pipe(
          Effect.catch((error) =>
            Effect.logError(`the change holds until the next restart only: ${error.message}`),
          ),
        )
    }),
  }
})
