import { Cause, Context, Effect, Exit, Scope } from "effect"
import {
  type Accounts,
  Collection,
  type CollectorStats,
  type SubscriptionAnswer,
  type SubscriptionRequest,
  type SubscriptionStatus,
  type VenueStatus,
} from "../../services/Collection.ts"
import type { MarketRecord } from "../domain/Record.ts"
import type { ActorSnapshot } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"
import { Collector } from "./Collector.ts"
import type { Services } from "./Millrace.ts"
import type { RecordFeed } from "./RecordFeed.ts"

/** How a collector fares, at one moment. Times are milliseconds since the epoch. */
export interface CollectorStatus {
  /** Whether every stream is live and every sink accepts; `reasons` says why not, a line each. */
  readonly ready: boolean
  readonly reasons: ReadonlyArray<string>
  readonly venues: ReadonlyArray<VenueStatus>
  readonly subscriptions: ReadonlyArray<SubscriptionStatus>
  /** What became of every frame and every record. */
  readonly accounts: Accounts
  readonly stats: CollectorStats
  readonly actors: ReadonlyArray<ActorSnapshot>
}

export interface CloseReport {
  /** Records of `records` that nobody read: its loop was left before the collector was closed. */
  readonly unread: number
}

/** A collector in a program that does not know Effect. */
export interface RunningCollector {
  /**
   * Every accepted record, in order per stream, from the start on: `for await (const record of collector.records)`.
   * A record is delivered when the next one is asked for. Memory is bounded: what is not read waits in the journal,
   * and where that is full the collection waits. All loops share one place; leaving one (`break`) keeps it for the
   * next. Ends when the collector is closed; throws when it has failed.
   */
  readonly records: AsyncIterable<MarketRecord>
  /** Also after it is closed: how it ended. */
  readonly status: () => Promise<CollectorStatus>
  /** Adds streams at run time without touching others; an answer per stream. */
  readonly subscribe: (
    ...requests: ReadonlyArray<SubscriptionRequest>
  ) => Promise<ReadonlyArray<SubscriptionAnswer>>
  readonly unsubscribe: (
    ...requests: ReadonlyArray<SubscriptionRequest>
  ) => Promise<ReadonlyArray<SubscriptionAnswer>>
  /** Starts, stops (draining) or restarts one venue. */
  readonly steer: (venue: string, action: "start" | "stop" | "restart") => Promise<void>
  /**
   * Drains and ends: connections close, and what was read reaches every sink, within deadlines of less than 30
   * seconds in all. A loop over `records` gets what is left, so do not await this inside of one: `break` first.
   */
  readonly close: () => Promise<CloseReport>
  /** Resolves once it is closed; rejects when it has failed and was closed for that. Need not be handled. */
  readonly closed: Promise<void>
}

const errorOf = (cause: Cause.Cause<unknown>): Error => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error : new Error(`the collector has failed: ${String(error)}`)
}

const statusOf: Effect.Effect<CollectorStatus, never, Collection | Actors> = Effect.gen(function* () {
  const { accounts, stats, subscriptions, unready, venues } = yield* Collection
  const { list } = yield* Actors
  const reasons = yield* unready
  return {
    ready: reasons.length === 0,
    reasons,
    venues: yield* venues,
    subscriptions: yield* subscriptions,
    accounts: yield* accounts,
    stats: yield* stats,
    actors: yield* list,
  }
})

/** A running collector, to hold by hand; `scope` is its life. */
export const makeRunning = (
  context: Context.Context<Services>,
  scope: Scope.Closeable,
  feed: RecordFeed,
): RunningCollector => {
  const collection = Context.get(context, Collection)
  const { failure } = Context.get(context, Collector)
  const run = Effect.runPromiseWith(context)
  const ended = Promise.withResolvers<void>()
  // Nobody has to look at it: a loop over the records throws the same.
  ended.promise.catch(() => undefined)
  let open = true
  let closing: Promise<CloseReport> | undefined

  const end = (why?: Error): Promise<CloseReport> => {
    open = false
    if (why !== undefined) feed.fail(why)
    feed.closing()
    return run(Scope.close(scope, Exit.void))
      .then(() => feed.closed())
      .then((unread) => {
        if (why === undefined) ended.resolve()
        else ended.reject(why)
        return { unread }
      })
  }

  Effect.runForkWith(context)(failure).addObserver((exit) => {
    if (open && Exit.isFailure(exit)) closing = end(errorOf(exit.cause))
  })

  const whileOpen = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
    open ? run(effect) : Promise.reject(new Error("the collector is closed"))

  return {
    records: feed,
    status: () => run(statusOf),
    subscribe: (...requests) => whileOpen(collection.subscribe(requests)),
    unsubscribe: (...requests) => whileOpen(collection.unsubscribe(requests)),
    steer: (venue, action) => whileOpen(collection.steer(venue, action)),
    close: () => (closing ??= end()),
    closed: ended.promise,
  }
}
