import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Metric, References, type Scope } from "effect"
import { join } from "node:path"
import * as Files from "../../layers/dead-letters/Files.ts"
import * as InMemory from "../../layers/dead-letters/Memory.ts"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import type { DeadLetters } from "../../services/DeadLetters.ts"
import { Journal } from "../../services/Journal.ts"
import { Metrics } from "../../services/Metrics.ts"
import { makeQuarantine } from "../../src/collect/Quarantine.ts"
import { frameAccount, framesBalance } from "../../src/collect/venue/Flow.ts"
import { makeVenueRuntime } from "../../src/collect/venue/VenueRuntime.ts"
import { parseDataType } from "../../src/domain/DataType.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { isRefusal, type Venue } from "../../src/exchanges/Venue.ts"
import { Actors } from "../../src/runtime/Actors.ts"
import { root, supervise } from "../../src/runtime/Supervisor.ts"
import { eventually, temporaryFolder } from "./process.ts"
import { kept } from "../../src/domain/WrittenRecord.ts"

/** Room for everything that a test puts there. */
const limits = { maxBytes: 64 << 20, maxLetters: 100_000, retentionMillis: 3_600_000 }

const services = Layer.mergeAll(
  MemoryJournal.layer({ capacityBytes: 64 << 20 }),
  Actors.layer,
  Metrics.layer,
).pipe(Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())))

type Services = Journal | Actors | Metrics | DeadLetters | Scope.Scope

export const live = (
  promise: string,
  store: Effect.Effect<Layer.Layer<DeadLetters>, never, Scope.Scope>,
  body: Effect.Effect<void, unknown, Services>,
) =>
  it.live(promise, () =>
    Effect.scoped(Effect.flatMap(store, (layer) => Effect.provide(body, Layer.merge(services, layer)))).pipe(
      Effect.provideService(References.MinimumLogLevel, "None"),
    ),
  )

export const inMemory = Effect.succeed(InMemory.layer(limits))
export const inFiles = Effect.map(temporaryFolder, (folder) =>
  Files.layer({ ...limits, path: join(folder, "dead") }).pipe(Layer.provide(NodeServices.layer)),
)

export const tradeFrame = (id: number, change: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      stream: "btcusdt@trade",
      data: {
        e: "trade",
        E: 1700000000000 + id,
        s: "BTCUSDT",
        t: id,
        p: "1.50",
        q: "2",
        T: 1700000000000 + id,
        m: true,
        M: true,
        ...change,
      },
    }),
  )

export const streamOf = (venue: Venue, word: string) => {
  const instrument = venue.instrument("BTC-USDT")
  const stream = isRefusal(instrument) ? instrument : venue.stream(parseDataType(word)!, instrument)
  if (isRefusal(stream)) throw new Error(stream.refused)
  return stream
}

/** A venue's own tree without sockets, and what comes out of it. */
export const running = Effect.fnUntraced(function* (venue: Venue) {
  const journal = yield* Journal
  const reader = yield* journal.reader("test", "latest")
  const envelopes: Array<Envelope> = []
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.gen(function* () {
        const batch = yield* reader.take(4096)
        envelopes.push(...kept(batch.envelopes))
        yield* reader.commit(batch.next)
      }),
    ),
  )
  const quarantine = yield* makeQuarantine
  const runtime = yield* makeVenueRuntime({
    venue,
    wsEndpoint: venue.wsEndpoint,
    restEndpoint: venue.restEndpoint,
    proxy: undefined,
    settings: {
      max: 1,
      streamsPerConnection: 1,
      reconnectDelay: 1000,
      maxReconnectDelay: 1000,
      heartbeatInterval: 30_000,
    },
    sources: { stream: "stream", rest: "rest" },
    recordedSnapshots: new Map(),
    quarantine,
  })
  runtime.admit(streamOf(venue, "trade"))
  runtime.admit(streamOf(venue, "depth"))
  const tree = yield* Effect.forkScoped(
    root("test", (self) =>
      supervise(self, {}, [
        { id: "dead-letters", run: quarantine.run },
        { id: "venue", run: runtime.runReplay },
      ]),
    ),
  )
  const inlet = yield* runtime.inlet
  const feed = (frames: ReadonlyArray<Buffer>) =>
    Effect.gen(function* () {
      for (let from = 0; from < frames.length; from += 512) {
        const some = frames.slice(from, from + 512)
        yield* inlet.offer({
          connection: "binance/connections/1",
          frames: some,
          receivedAt: some.map((_, index) => 1_700_000_000_000 + from + index),
          bytes: some.reduce((sum, frame) => sum + frame.length, 0),
        })
      }
    })
  /** Stops in order: everything that was fed is through. */
  const stop = Effect.gen(function* () {
    yield* Fiber.interrupt(tree)
    const account = frameAccount(runtime.metrics, runtime.flow)
    assert.isTrue(framesBalance(account))
    const { accepted } = yield* journal.status
    yield* eventually(
      "everything is read",
      Effect.sync(() => (envelopes.length === accepted ? true : undefined)),
    )
    return account
  })
  return { runtime, inlet, feed, stop, envelopes }
})
