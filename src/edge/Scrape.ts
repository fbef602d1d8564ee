import { Effect, Option } from "effect"
import { Collection, type Accounts, type VenueStatus } from "../../services/Collection.ts"
import { Journal, type JournalStatus } from "../../services/Journal.ts"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { Series } from "../../services/MetricSeries.ts"
import { ProcessStats, type ProcessReading } from "../../services/ProcessStats.ts"
import type { ActorSnapshot } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"

/** A part that does not answer keeps its last values and does not hold up the scrape. */
const patience = "1 second"

const actorStates = [
  "starting",
  "running",
  "degraded",
  "restarting",
  "stopping",
  "stopped",
  "failed",
] as const
const streamStates = ["pending", "acknowledged", "live", "silent", "unreadable"] as const
const sinkStates = ["opening", "open", "unavailable"] as const

const countBy = <A, K extends string>(
  items: ReadonlyArray<A>,
  keys: ReadonlyArray<K>,
  keyOf: (item: A) => K,
): ReadonlyArray<readonly [K, number]> =>
  keys.map((key) => [key, items.filter((item) => keyOf(item) === key).length] as const)

const showActors = (series: Series, actors: ReadonlyArray<ActorSnapshot>): void => {
  series.replace(
    catalog.actors,
    countBy(actors, actorStates, (actor) => actor.state).map(([state, count]) => [{ state }, count]),
  )
  series.replace(
    catalog.actorRestarts,
    actors.map(({ path, restarts }) => [{ actor: path }, restarts]),
  )
  const mailboxes = actors.flatMap(({ path, mailboxes: owned }) =>
    owned.map((stats) => ({ tags: { actor: path, mailbox: stats.name }, stats })),
  )
  const show = (
    definition: typeof catalog.mailboxItems | typeof catalog.mailboxDropped,
    valueOf: (stats: (typeof mailboxes)[number]["stats"]) => number,
  ): void =>
    series.replace(
      definition,
      mailboxes.map(({ tags, stats }) => [tags, valueOf(stats)]),
    )
  show(catalog.mailboxItems, (stats) => stats.items)
  show(catalog.mailboxBytes, (stats) => stats.bytes)
  show(catalog.mailboxCapacityItems, (stats) => stats.capacityItems)
  show(catalog.mailboxCapacityBytes, (stats) => stats.capacityBytes)
  show(catalog.mailboxDropped, (stats) => stats.dropped)
}

const showVenues = (series: Series, venues: ReadonlyArray<VenueStatus>): void =>
  series.replace(
    catalog.streams,
    venues.flatMap(({ venue, streams }) =>
      countBy(streams, streamStates, (stream) => stream.state).map(
        ([state, count]) => [{ venue, state }, count] as const,
      ),
    ),
  )

const showSinks = (series: Series, { sinks }: Accounts): void => {
  series.replace(
    catalog.sinkWaiting,
    sinks.map(({ name, waiting }) => [{ sink: name }, waiting]),
  )
  series.replace(
    catalog.sinkState,
    sinks.flatMap((sink) =>
      sinkStates.map((state) => [{ sink: sink.name, state }, sink.state === state ? 1 : 0] as const),
    ),
  )
}

const showJournal = (series: Series, status: JournalStatus): void => {
  series.replace(catalog.journalAccepted, [[{}, status.accepted]])
  series.replace(catalog.journalBytes, [[{}, status.bytes]])
  series.replace(catalog.journalCapacity, [[{}, status.capacityBytes]])
  series.replace(
    catalog.journalLag,
    status.cursors.map(({ name, waiting }) => [{ cursor: name }, waiting]),
  )
  series.replace(
    catalog.journalLagBytes,
    status.cursors.map(({ name, waitingBytes }) => [{ cursor: name }, waitingBytes]),
  )
}

const showProcess = (series: Series, reading: ProcessReading): void => {
  series.replace(catalog.processCpu, [[{}, reading.cpuSeconds]])
  series.replace(catalog.processMemory, [[{}, reading.residentBytes]])
  series.replace(catalog.processHeap, [[{}, reading.heapBytes]])
  series.replace(catalog.processUptime, [[{}, reading.uptimeSeconds]])
  series.replace(catalog.eventLoopDelay, [
    [{ quantile: "0.5" }, reading.eventLoopDelay.p50],
    [{ quantile: "0.99" }, reading.eventLoopDelay.p99],
    [{ quantile: "1" }, reading.eventLoopDelay.max],
  ])
  series.replace(catalog.eventLoopUse, [[{}, reading.eventLoopUtilization]])
}

/** Brings the series that are read from elsewhere up to date: before every answer to `/metrics`, and from time to time where metrics are exported. */
export const makeRefresh = Effect.gen(function* () {
  const { series } = yield* Metrics
  const actors = yield* Actors
  const collection = yield* Effect.serviceOption(Collection)
  const process = yield* ProcessStats
  const journal = yield* Effect.serviceOption(Journal)

  const part = <A>(name: string, read: Effect.Effect<A>, show: (series: Series, value: A) => void) =>
    Effect.matchCauseEffect(Effect.timeout(read, patience), {
      onSuccess: (value) => Effect.sync(() => show(series, value)),
      onFailure: () => Effect.sync(() => series.counter(catalog.scrapeFailures, { reason: name }).add(1)),
    })

  const refresh = Effect.all(
    [
      part("actors", actors.list, showActors),
      part("process", process.read, showProcess),
      Option.match(collection, {
        onNone: () => Effect.void,
        onSome: ({ accounts, venues }) =>
          Effect.andThen(part("venues", venues, showVenues), part("accounts", accounts, showSinks)),
      }),
      Option.match(journal, {
        onNone: () => Effect.void,
        onSome: ({ status }) => part("journal", status, showJournal),
      }),
    ],
    { concurrency: "unbounded", discard: true },
  )
  return { refresh }
})
