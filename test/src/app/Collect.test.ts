import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Logger, Metric, Scope } from "effect"
import { RecordFeed } from "../../../src/app/RecordFeed.ts"
import { makeRunning } from "../../../src/app/RunningCollector.ts"
import * as millrace from "../../../src/index.ts"
import { RestartsExceeded } from "../../../src/runtime/SupervisorError.ts"
import { makeSimulator } from "../../../src/simulator/index.ts"

const { Collector, collect, Millrace } = millrace

const config: millrace.ConfigInput = {
  simulator: { rate: 400 },
  exchanges: { binance: { symbols: ["BTC-USDT"], dataTypes: ["trade", "depth", "bbo"] } },
}

const live = <E>(promise: string, body: Effect.Effect<void, E, Scope.Scope>) =>
  it.live(promise, () => Effect.scoped(body), 60_000)

/** Everything that the loop gives until `enough`. */
const read = async (
  records: AsyncIterable<millrace.MarketRecord>,
  enough: (read: ReadonlyArray<millrace.MarketRecord>) => boolean,
) => {
  const all: Array<millrace.MarketRecord> = []
  for await (const record of records) {
    all.push(record)
    if (enough(all)) break
  }
  return all
}

/** The status, once it is ready: a book may take longer than the records beside it. */
const whenReady = async (
  collector: millrace.RunningCollector,
): ReturnType<millrace.RunningCollector["status"]> => {
  const status = await collector.status()
  if (status.ready) return status
  await new Promise((resolve) => setTimeout(resolve, 20))
  return whenReady(collector)
}

/** Waits until a paused socket has brought the collection to a stand; how many records it had accepted by then. */
const standstill = async (collector: millrace.RunningCollector, before = -1): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { accounts, venues } = await collector.status()
  const { accepted } = accounts.records
  const paused = (venues[0]?.connections[0]?.pauses ?? 0) > 0
  return paused && accepted === before ? accepted : standstill(collector, accepted)
}

describe("a collector in a program without Effect", () => {
  it("gives records, status and streams at run time, and drains when it is closed", async () => {
    const symbols = ["BTC-USDT", "ETH-USDT"]
    const collector = await collect({ ...config, simulator: { rate: 400, symbols } })
    const first = await read(collector.records, (all) => all.length >= 100)
    const request = { venue: "binance", symbols: ["ETH-USDT"], dataTypes: ["trade"] }
    assert.deepStrictEqual(await collector.subscribe(request), [
      { venue: "binance", symbol: "ETH-USDT", dataType: "trade", result: "added" },
    ])
    const more = await read(collector.records, (all) => all.some(({ symbol }) => symbol === "ETH-USDT"))
    const { actors, reasons, subscriptions } = await whenReady(collector)
    assert.deepStrictEqual(reasons, [])
    assert.lengthOf(subscriptions, 4)
    assert.isTrue(actors.some(({ path }) => path === "millrace/core/work/sinks/records"))

    const rest = read(collector.records, () => false)
    assert.deepStrictEqual(await collector.close(), { unread: 0 })
    const all = [...first, ...more, ...(await rest)]
    await collector.closed
    const { accounts } = await collector.status()
    assert.strictEqual(accounts.records.accepted, all.length)
    assert.strictEqual(new Set(all.map(({ id }) => id)).size, all.length)

    const refused: unknown = await collector.subscribe(request).catch((error: unknown) => error)
    assert.strictEqual((refused as Error).message, "the collector is closed")
    assert.deepStrictEqual(await read(collector.records, () => false), [])
  }, 60_000)

  it("closes at once when its loop was left, and says how many records nobody read", async () => {
    const collector = await collect(config)
    const { length } = await read(collector.records, (all) => all.length >= 10)
    const { unread } = await collector.close()
    const { accounts } = await collector.status()
    assert.strictEqual(length + unread, accounts.records.accepted)
  }, 60_000)

  live(
    "waits for a slow loop with bounded memory, and loses nothing",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: ["binance"], pace: "flood" })
      const { restEndpoint, wsEndpoint } = simulator.venue("binance")
      yield* Effect.promise(async () => {
        const collector = await collect({
          overload: { memory: "4 MiB" },
          exchanges: {
            binance: { wsEndpoint, restEndpoint, symbols: ["BTC-USDT"], dataTypes: ["trade"] },
          },
        })
        const first = await read(collector.records, (all) => all.length >= 10)
        // Nobody reads: the exchange is as fast as it can be, and yet it comes to a stand.
        const accepted = await standstill(collector)
        const more = await read(collector.records, (all) => all.length >= 2 * accepted)
        const ids = [...first, ...more].map((record) => (record.type === "trade" ? record.data.tradeId : ""))
        assert.deepStrictEqual(
          ids,
          ids.map((_, index) => String(BigInt(ids[0]!) + BigInt(index))),
        )
        await collector.close()
      })
    }),
  )

  it("rejects with every problem of the configuration, and starts nothing", async () => {
    const wrong = { exchanges: { binanc: {} }, sever: {} } as millrace.ConfigInput
    const error: unknown = await collect(wrong).catch((each: unknown) => each)
    assert.instanceOf(error, Error)
    const { message } = error as Error
    assert.include(message, "nothing was started")
    assert.include(message, `unknown venue "binanc"; did you mean "binance"?`)
    assert.include(message, "sever: unknown key")
  })

  it("keeps its figures apart from those of another collector", async () => {
    const one = await collect(config)
    const other = await collect({ ...config, simulator: { rate: 400, seed: 2 } })
    const [left, right] = await Promise.all(
      [one, other].map(({ records }) => read(records, (all) => all.length >= 50)),
    )
    assert.notDeepEqual(left, right)
    const metrics = await Effect.runPromise(Metric.snapshot)
    assert.isFalse(metrics.some(({ id }) => id.startsWith("millrace_")))
    await Promise.all([one.close(), other.close()])
    for (const { accounts, stats } of await Promise.all([one.status(), other.status()]))
      assert.strictEqual(stats.messages.processed, accounts.records.accepted)
  }, 60_000)

  it("serves no API, and without a loop has no sink for it", async () => {
    const collector = await collect(config, { records: false })
    assert.deepStrictEqual(await read(collector.records, () => false), [])
    const { accounts, actors } = await collector.status()
    assert.deepStrictEqual(accounts.sinks, [])
    assert.isFalse(actors.some(({ path }) => path.startsWith("millrace/edge/api")))
    await collector.close()
  }, 60_000)

  it.live("ends its loop with the failure when the collector gives up", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const gaveUp = yield* Deferred.make<never, RestartsExceeded>()
      const failing = Layer.succeed(Collector, { failure: Deferred.await(gaveUp) })
      const running = Millrace.layer({ config, serve: false }).pipe(Layer.provide(Logger.layer([])))
      const context = yield* Layer.buildWithScope(Layer.merge(running, failing), scope)
      const over = Promise.withResolvers<IteratorResult<ReadonlyArray<millrace.Envelope>>>()
      yield* Scope.addFinalizer(
        scope,
        Effect.sync(() => over.resolve({ done: true, value: undefined })),
      )
      const collector = makeRunning(
        Context.add(context, Collector, yield* Effect.provide(Collector, failing)),
        scope,
        new RecordFeed({ next: () => over.promise }),
      )
      const loop = yield* Effect.forkChild(
        Effect.promise(() => read(collector.records, () => false).catch((error: unknown) => error)),
      )
      const error = new RestartsExceeded({
        supervisor: "millrace/core",
        child: "journal",
        max: 5,
        withinMillis: 5000,
        cause: new Error("boom"),
      })
      yield* Deferred.fail(gaveUp, error)
      assert.strictEqual(yield* Fiber.join(loop), error)
      const closed = collector.closed.catch((each: unknown) => each)
      assert.strictEqual(yield* Effect.promise(() => closed), error)
      assert.deepStrictEqual(yield* Effect.promise(() => collector.close()), { unread: 0 })
    }),
  )
})
