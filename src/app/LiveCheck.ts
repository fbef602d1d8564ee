import { Clock, Effect, Layer } from "effect"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import * as NodeHttp from "../../layers/rest/NodeHttp.ts"
import * as Subscriptions from "../../layers/subscription-store/JsonFile.ts"
import * as Ws from "../../layers/connector/Ws.ts"
import type { StreamStatus, VenueStatus } from "../../services/Collection.ts"
import { Environment } from "../../services/Environment.ts"
import { Metrics } from "../../services/Metrics.ts"
import { makeCollect } from "../collect/Collect.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import { venues } from "../exchanges/index.ts"
import { Actors } from "../runtime/Actors.ts"
import { root } from "../runtime/Supervisor.ts"
import { simulated } from "./Endpoints.ts"

/** What a live check found: of a venue's list of instruments, of one stream, of what is none. */
export interface LiveFinding {
  /** `binance: the list of instruments`, `binance trade BTC-USDT`. */
  readonly what: string
  readonly good: boolean
  /** What is there, or where it stands. */
  readonly detail: string
}

const pollMillis = 100

const noSinks = { accounts: Effect.succeed([]), unready: Effect.succeed([]) }

const detailOf = ({ connections }: VenueStatus, stream: StreamStatus): string => {
  const connection = connections.find(({ id }) => id === stream.connection)
  if (connection?.state !== "open")
    return `not connected: ${connection?.lastError ?? "no connection was tried"}`
  return stream.state === "pending"
    ? "connected, but the venue has not acknowledged it"
    : "acknowledged, but nothing has come: a quiet market, or a name that the venue does not serve"
}

const ofList = ({ instruments, venue }: VenueStatus): LiveFinding => {
  const { lastError, listed, state } = instruments
  return {
    what: `${venue}: the list of instruments`,
    good: state === "current",
    detail: state === "current" ? `${listed} listed` : (lastError ?? "the venue has not answered yet"),
  }
}

const ofStream = (venue: VenueStatus, stream: StreamStatus): LiveFinding => ({
  what: `${stream.venue} ${stream.dataType} ${stream.symbol}`,
  good: stream.records > 0,
  detail: stream.records > 0 ? "" : detailOf(venue, stream),
})

const findings = (statuses: ReadonlyArray<VenueStatus>): ReadonlyArray<LiveFinding> =>
  statuses.flatMap((venue) => [
    ofList(venue),
    ...venue.streams.map((stream) => ofStream(venue, stream)),
    ...venue.refused.map(({ dataType, reason, symbol }) => ({
      what: `${venue.venue} ${dataType} ${symbol}`,
      good: false,
      detail: reason,
    })),
  ])

/** Nothing that is still to come would change it: what a list refuses stays refused. */
const isDone = (statuses: ReadonlyArray<VenueStatus>): boolean =>
  statuses.every(
    ({ instruments, streams }) =>
      instruments.state === "current" && streams.every(({ records }) => records > 0),
  )

/**
 * Connects and subscribes as `run` would, asks for the lists of instruments, and waits until each stream has delivered, at
 * most so long. Nothing is written anywhere, and no subscription made at run time is looked at.
 */
export const liveCheck = (config: MillraceConfig, waitMillis: number) =>
  Effect.gen(function* () {
    const environment = yield* Environment
    const simulation = config.simulator && (yield* simulated(config.simulator, config.exchanges))
    const collect = yield* makeCollect({
      venues: Object.entries(simulation?.venues ?? config.exchanges).flatMap(([name, venue]) => {
        const known = venues.get(name)
        return known === undefined ? [] : [{ venue: known(), config: venue }]
      }),
      proxy: environment["HTTPS_PROXY"] ?? environment["https_proxy"],
      sinks: noSinks,
    })
    yield* Effect.forkScoped(root("check", collect.run))
    const began = yield* Clock.currentTimeMillis
    for (;;) {
      const statuses = yield* collect.service.venues
      const waited = (yield* Clock.currentTimeMillis) - began
      if (isDone(statuses) || waited >= waitMillis) return findings(statuses)
      yield* Effect.sleep(pollMillis)
    }
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Layer.mergeAll(
        MemoryJournal.layer({ capacityBytes: config.overload.memory / 2 }),
        Ws.layer,
        NodeHttp.layer,
        Subscriptions.layerMemory,
        Actors.layer,
        Metrics.layer,
      ),
    ),
  )
