import { Duration, Effect, Option, Redacted } from "effect"
import {
  Collection,
  type SubscriptionAnswer,
  type SubscriptionRequest,
  UnknownVenue,
  type VenueStatus,
} from "../../services/Collection.ts"
import { ContinuityHistoryError } from "../../services/ContinuityHistory.ts"
import type { Connector } from "../../services/Connector.ts"
import type { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import { anyGivesWay, type OverloadConfig, overloadPolicy } from "../../services/OverloadConfig.ts"
import type { Rest } from "../../services/Rest.ts"
import type { SubscriptionStore } from "../../services/SubscriptionStore.ts"
import type { Channel } from "../domain/Channel.ts"
import type { VenueConfig } from "../exchanges/VenueConfig.ts"
import type { Venue } from "../exchanges/Venue.ts"
import type { Self } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"
import { type DynamicSupervisor, makeDynamic } from "../runtime/Supervisor.ts"
import type { SupervisorError } from "../runtime/SupervisorError.ts"
import { accountsOf } from "./Accounts.ts"
import type { BookSettings } from "./books/BookSettings.ts"
import type { Restart } from "./continuity/Restart.ts"
import type { MemoryBudget } from "./MemoryBudget.ts"
import type { GivesWay } from "./overload/Overload.ts"
import type { History } from "./continuity/History.ts"
import type { Intake } from "./intake/Intake.ts"
import type { Quarantine } from "./Quarantine.ts"
import { resumeFrom } from "./Resume.ts"
import { stateOf } from "./StreamTable.ts"
import type { Sinks } from "./sinks/Sinks.ts"
import { makeChanges } from "./subscriptions/Changes.ts"
import { makeHolds } from "./subscriptions/Holds.ts"
import { queryInstruments } from "./instruments/Query.ts"
import { makeVenueRuntime, type VenueRuntime } from "./venue/VenueRuntime.ts"

export interface CollectOptions {
  readonly venues: ReadonlyArray<{ readonly venue: Venue; readonly config: VenueConfig }>
  /** `HTTPS_PROXY`, for venues that name no proxy of their own. */
  readonly proxy: string | undefined
  readonly sinks: Pick<Sinks, "accounts" | "unready">
  /** Whose trouble is one of the reasons for not being ready. */
  readonly journal?: Pick<Journal["Service"], "status">
  /** Where what no decoder could use goes with its bytes; without one it is only counted. */
  readonly quarantine?: Pick<Quarantine, "add">
  /** Remembers what came and what is missing; without one it is forgotten. */
  readonly history?: History
  /** What gives way when this machine cannot keep up; nothing unless given. */
  readonly overload?: OverloadConfig
  /** Bytes that may wait in the mailboxes of each venue. */
  readonly memory?: MemoryBudget["venue"]
  /** Where streams stood when the last process ended; without it each begins anew. */
  readonly restart?: Restart
  /** Where records come in that no venue's streams bring: what of them is in flight belongs to the accounts. */
  readonly intake?: Pick<Intake, "flows">
}

const givesWay = (overload: OverloadConfig | undefined): GivesWay | undefined => {
  if (overload === undefined || !anyGivesWay(overload)) return undefined
  return ({ dataType }) => {
    const policy = overloadPolicy(overload, dataType.type as Channel)
    return policy === "block" ? undefined : policy
  }
}

/** The collecting half of a process: what its API sees, and the actor that runs the venues. */
export interface Collect {
  readonly service: Collection["Service"]
  /** The supervisor of the venues: one that gives up is tried again each minute, and its siblings go on. */
  readonly run: (self: Self) => Effect.Effect<never, SupervisorError, Connector | Rest | Journal | Actors>
  readonly runtimes: ReadonlyMap<string, VenueRuntime>
}

/** Stopping a venue drains it; it waits as long as its records find room in the journal. */
const child = (runtime: VenueRuntime) => ({
  id: runtime.venue.name,
  run: runtime.run,
  shutdown: Duration.infinity,
  onEscalation: { retryEvery: "1 minute" as const },
})

/** A proxy's URL may carry a password. */
const proxyOf = (proxy: VenueConfig["proxy"]): string | undefined =>
  Redacted.isRedacted(proxy) ? Redacted.value(proxy) : proxy

const settingsOf = ({ connections }: VenueConfig) => ({
  max: connections.max,
  streamsPerConnection: connections.streamsPerConnection,
  reconnectDelay: Duration.toMillis(connections.reconnectDelay),
  maxReconnectDelay: Duration.toMillis(connections.maxReconnectDelay),
  heartbeatInterval: Duration.toMillis(connections.heartbeatInterval),
  ...(connections.maxAge === undefined ? {} : { maxAge: Duration.toMillis(connections.maxAge) }),
})

/** Best prices are made of the books where the venue has none, unless the configuration says otherwise. */
const booksOf = ({ offers }: Venue, { books }: VenueConfig): BookSettings => ({
  keep: books.keep,
  maxLevels: books.maxLevels,
  snapshots:
    books.snapshotInterval === undefined
      ? undefined
      : { everyMillis: Duration.toMillis(books.snapshotInterval), depth: books.depth },
  bbo: books.deriveBbo ?? !offers.includes("bbo"),
})

export const makeCollect = Effect.fnUntraced(function* (
  options: CollectOptions,
): Effect.fn.Return<Collect, never, Metrics | SubscriptionStore | Actors> {
  const metrics = yield* Metrics
  const actors = yield* Actors
  const runtimes = new Map<string, VenueRuntime>()
  const stopped = new Set<string>()
  let supervisor: DynamicSupervisor<Connector | Rest | Journal | Actors> | undefined
  let path = ""

  for (const { venue, config } of options.venues) {
    const runtime = yield* makeVenueRuntime({
      venue,
      wsEndpoint: config.wsEndpoint ?? venue.wsEndpoint,
      restEndpoint: config.restEndpoint ?? venue.restEndpoint,
      proxy: proxyOf(config.proxy) ?? options.proxy,
      settings: settingsOf(config),
      refreshMillis: Duration.toMillis(config.instruments.refreshInterval),
      books: booksOf(venue, config),
      sources: { stream: "stream", rest: "rest" },
      givesWay: givesWay(options.overload),
      ...(options.memory === undefined ? {} : { memory: options.memory }),
      ...(options.quarantine === undefined ? {} : { quarantine: options.quarantine }),
      history: options.history,
      ...(options.restart === undefined ? {} : { restart: options.restart }),
    })
    options.history?.watch(runtime.table)
    runtimes.set(venue.name, runtime)
    yield* runtime.instruments.recall
    const answers = yield* runtime.subscribe(
      { venue: venue.name, symbols: config.symbols, dataTypes: config.dataTypes },
      "config",
    )
    for (const { result, reason } of answers)
      if (result === "refused")
        yield* Effect.logError(`not collected: ${reason}`).pipe(Effect.annotateLogs({ venue: venue.name }))
  }
  const changes = yield* makeChanges(runtimes)
  const holds = makeHolds(runtimes)
  const resume = (restart: Restart, self: Self) =>
    Effect.provideService(resumeFrom(restart, runtimes, options.history, self), Metrics, metrics)

  const unknown = (venue: string) => new UnknownVenue({ venue, known: [...runtimes.keys()] })

  const venueState = (name: string): Effect.Effect<VenueStatus["state"]> =>
    Effect.map(actors.get(`${path}/${name}`), (actor) => {
      if (stopped.has(name)) return "stopped"
      return Option.isSome(actor) && actor.value.state === "failed" ? "failed" : "running"
    })

  const accounts = Effect.map(options.sinks.accounts, (sinks) =>
    accountsOf(metrics, runtimes, options.intake?.flows ?? noFlows, sinks),
  )

  const unready = Effect.gen(function* () {
    const reasons: Array<string> = []
    const trouble = (yield* options.journal?.status ?? Effect.succeed(undefined))?.trouble
    if (trouble !== undefined) reasons.push(trouble)
    for (const runtime of runtimes.values()) {
      const { name } = runtime.venue
      if (stopped.has(name)) {
        reasons.push(`venue ${name} is stopped`)
        continue
      }
      reasons.push(...runtime.unready())
    }
    reasons.push(...(yield* options.sinks.unready))
    return reasons
  })

  const change = (act: "subscribe" | "unsubscribe", requests: ReadonlyArray<SubscriptionRequest>) =>
    Effect.gen(function* () {
      const answers: Array<SubscriptionAnswer> = []
      for (const request of requests) {
        const runtime = runtimes.get(request.venue)
        if (runtime === undefined) answers.push(...refuseAll(request, unknown(request.venue).message))
        else
          answers.push(
            ...(yield* act === "subscribe"
              ? runtime.subscribe(request, "api")
              : runtime.unsubscribe(request)),
          )
      }
      yield* changes.note(answers)
      return answers
    })

  const service = Collection.of({
    venues: Effect.suspend(() =>
      Effect.forEach([...runtimes.values()], (runtime) =>
        Effect.flatMap(venueState(runtime.venue.name), (state) => runtime.status(state)),
      ),
    ),
    accounts,
    stats: metrics.stats,
    continuity: (query) => options.history?.read(query) ?? Effect.fail(noHistory),
    unready,
    subscriptions: Effect.sync(() =>
      [...runtimes.values()].flatMap((runtime) =>
        [...runtime.table.values()].map((entry) => ({
          venue: runtime.venue.name,
          symbol: entry.stream.instrument.symbol,
          dataType: entry.stream.dataType.word,
          origin: entry.origin === "replay" ? ("config" as const) : entry.origin,
          state: stateOf(entry),
        })),
      ),
    ),
    instruments: (query) => queryInstruments(runtimes, query),
    subscribe: (requests) => change("subscribe", requests),
    unsubscribe: (requests) => change("unsubscribe", requests),
    hold: (requests) =>
      Effect.map(
        Effect.forEach(requests, (request) =>
          runtimes.has(request.venue)
            ? holds.hold(request)
            : Effect.succeed(refuseAll(request, unknown(request.venue).message)),
        ),
        (answers) => answers.flat(),
      ),
    steer: Effect.fnUntraced(function* (name, action) {
      const runtime = runtimes.get(name)
      if (runtime === undefined) return yield* unknown(name)
      if (action === "start") stopped.delete(name)
      if (action === "stop") stopped.add(name)
      if (supervisor === undefined) return
      if (action !== "start") yield* supervisor.stop(name)
      if (action !== "stop" && !stopped.has(name)) yield* supervisor.start(child(runtime))
    }),
  })

  return {
    service,
    runtimes,
    run: (self) =>
      Effect.scoped(
        Effect.gen(function* () {
          const venues = yield* makeDynamic<Connector | Rest | Journal | Actors>(self, {})
          supervisor = venues
          path = self.path
          if (options.restart !== undefined) yield* resume(options.restart, self)
          for (const [name, runtime] of runtimes) if (!stopped.has(name)) yield* venues.start(child(runtime))
          yield* self.ready
          return yield* venues.await
        }).pipe(
          Effect.ensuring(
            Effect.sync(() => {
              supervisor = undefined
            }),
          ),
        ),
      ),
  }
})

const noFlows: Intake["flows"] = new Map()

const noHistory = new ContinuityHistoryError({ path: "none", reason: "stopped", detail: "none is kept" })

const refuseAll = (request: SubscriptionRequest, reason: string): ReadonlyArray<SubscriptionAnswer> =>
  request.symbols.flatMap((symbol) =>
    request.dataTypes.map((dataType) => ({
      venue: request.venue,
      symbol,
      dataType,
      result: "refused" as const,
      reason,
    })),
  )
