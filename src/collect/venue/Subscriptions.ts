import { Effect } from "effect"
import type { SubscriptionAnswer, SubscriptionRequest } from "../../../services/Collection.ts"
import type { Stream } from "../../domain/Stream.ts"
import { pollRoute, type Venue } from "../../exchanges/Venue.ts"
import type { Pool } from "../connections/Pool.ts"
import type { Polls } from "../Polls.ts"
import type { Origin, StreamEntry } from "../StreamTable.ts"
import { resolve, type Resolved } from "./Requests.ts"

type Answers = Effect.Effect<ReadonlyArray<SubscriptionAnswer>>

export interface SubscriptionsOptions {
  readonly venue: Venue
  readonly table: Map<Stream, StreamEntry>
  readonly pool: Pool
  /** Of streams that no connection carries. */
  readonly polls: Pick<Polls, "changed">
  /** The entry of a stream that is new in the table. */
  readonly enter: (stream: Stream, origin: Origin) => StreamEntry
  /** Settles what a removed stream still held. */
  readonly onRemoved: (entry: StreamEntry) => Effect.Effect<void>
}

/** Adding and removing a venue's streams, an answer for each. */
export const makeSubscriptions = ({ venue, table, pool, polls, enter, onRemoved }: SubscriptionsOptions) => {
  const answer = (
    resolved: Resolved,
    result: SubscriptionAnswer["result"],
    reason?: string,
  ): SubscriptionAnswer => ({
    venue: venue.name,
    symbol: resolved.stream?.instrument.symbol ?? resolved.symbol,
    dataType: resolved.dataType,
    result,
    ...(reason === undefined ? {} : { reason }),
  })

  const add = Effect.fnUntraced(function* (resolved: Resolved, origin: Origin) {
    const { stream } = resolved
    if (stream === undefined) return answer(resolved, "refused", resolved.reason)
    if (table.has(stream)) return answer(resolved, "already")
    const entry = enter(stream, origin)
    table.set(stream, entry)
    const isPolled = stream.route === pollRoute
    if (isPolled) polls.changed()
    const refusal = origin === "replay" || isPolled ? undefined : yield* pool.add(entry)
    if (refusal === undefined) return answer(resolved, "added")
    table.delete(stream)
    return answer(resolved, "refused", refusal.refused)
  })

  const remove = Effect.fnUntraced(function* (resolved: Resolved) {
    const { stream } = resolved
    if (stream === undefined) return answer(resolved, "refused", resolved.reason)
    const entry = table.get(stream)
    if (entry === undefined) return answer(resolved, "absent")
    yield* pool.remove(stream)
    table.delete(stream)
    polls.changed()
    yield* onRemoved(entry)
    return answer(resolved, "removed")
  })

  return {
    subscribe: (request: SubscriptionRequest, origin: Origin): Answers =>
      Effect.forEach(resolve(venue, request), (resolved) => add(resolved, origin)),
    unsubscribe: (request: SubscriptionRequest): Answers => Effect.forEach(resolve(venue, request), remove),
  }
}
