import { Effect, Layer, Schema } from "effect"
import * as Ws from "../../layers/connector/Ws.ts"
import * as History from "../../layers/continuity-history/Memory.ts"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import * as NodeHttp from "../../layers/rest/NodeHttp.ts"
import * as Subscriptions from "../../layers/subscription-store/JsonFile.ts"
import { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import { type Collect, makeCollect } from "../../src/collect/Collect.ts"
import { makeHistory } from "../../src/collect/continuity/History.ts"
import type { Restart } from "../../src/collect/continuity/Restart.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { venues } from "../../src/exchanges/index.ts"
import type { Venue } from "../../src/exchanges/Venue.ts"
import { VenueConfig } from "../../src/exchanges/VenueConfig.ts"
import { Actors } from "../../src/runtime/Actors.ts"
import { root } from "../../src/runtime/Supervisor.ts"
import type { Simulator } from "../../src/simulator/index.ts"
import { kept } from "../../src/domain/WrittenRecord.ts"

/** What a collection needs besides its journal: real sockets and REST. */
export const surroundings = Layer.mergeAll(
  Ws.layer,
  NodeHttp.layer,
  Subscriptions.layerMemory,
  History.layer({ retentionMillis: 86_400_000, maxBytes: 64 << 20 }),
  Actors.layer,
  Metrics.layer,
)

/** The same with the journal in memory. */
export const collecting = Layer.merge(MemoryJournal.layer({ capacityBytes: 64 << 20 }), surroundings)

export type Collecting = Layer.Success<typeof collecting>

const decodeConfig = Schema.decodeUnknownSync(VenueConfig)

type VenueName = string

/** A venue's section of the configuration; its endpoints are the simulator's. */
type Asked = Readonly<
  Partial<
    Record<
      VenueName,
      {
        readonly symbols: ReadonlyArray<string>
        readonly dataTypes: ReadonlyArray<string>
        readonly [key: string]: unknown
      }
    >
  >
>

/** A collection from a simulator into an array, until the scope closes; it goes on from `restart`, where that is given. */
export const collectInto = Effect.fnUntraced(function* (
  simulator: Simulator["Service"],
  asked: Asked,
  restart?: Restart,
  /** The venue, with something else in its place: limits that are reached in seconds. */
  change: (venue: Venue) => Venue = (venue) => venue,
) {
  const journal = yield* Journal
  const reader = yield* journal.reader("test", restart === undefined ? "latest" : "earliest")
  const envelopes: Array<Envelope> = []
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.gen(function* () {
        const batch = yield* reader.take(1000)
        envelopes.push(...kept(batch.envelopes))
        yield* reader.commit(batch.next)
      }),
    ),
  )
  const history = yield* makeHistory
  const collect: Collect = yield* makeCollect({
    ...(restart === undefined ? {} : { restart }),
    history,
    venues: Object.entries(asked).map(([name, config]) => ({
      venue: change(venues.get(name)!()),
      config: decodeConfig({
        ...config,
        wsEndpoint: simulator.venue(name).wsEndpoint,
        restEndpoint: simulator.venue(name).restEndpoint,
      }),
    })),
    proxy: undefined,
    sinks: { accounts: Effect.succeed([]), unready: Effect.succeed([]) },
  })
  yield* Effect.forkScoped(root("continuity", history.run))
  const tree = yield* Effect.forkScoped(root("test", collect.run))
  return { collect, envelopes, tree }
})

const streams = (collect: Collect) =>
  [...collect.runtimes.values()].flatMap(({ table }) => [...table.values()])

/** Every stream is acknowledged and has delivered. */
export const allLive = (collect: Collect) => () =>
  streams(collect).every(({ records, acknowledgedAt }) => records > 0 && acknowledgedAt !== undefined)
