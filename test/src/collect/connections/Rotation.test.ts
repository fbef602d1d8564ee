import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import { Metrics } from "../../../../services/Metrics.ts"
import type { Collect } from "../../../../src/collect/Collect.ts"
import { type MarketRecord, parseRecord } from "../../../../src/domain/Record.ts"
import { makeSimulator, type Simulator } from "../../../../src/simulator/index.ts"
import { allLive, collecting, type Collecting, collectInto } from "../../../support/collecting.ts"
import { assertBook, of, truthOf } from "../../../support/exchangeTruth.ts"
import { isGap } from "../../../support/streamStates.ts"
import { freshSeed } from "../../../support/seed.ts"
import { until } from "../../../support/webSocketServer.ts"

type Test = (seed: number) => Effect.Effect<unknown, unknown, Collecting | Scope.Scope>

const live = (name: string, test: Test) => {
  const seed = freshSeed()
  it.live(`${name} (seed ${seed})`, () => Effect.scoped(test(seed)).pipe(Effect.provide(collecting)))
}

const words = ["trade", "aggTrade", "bbo", "depth", "depth5", "ticker", "kline_1s"]

/** There is no kline of a second on USD-M. */
const asking = (connections: object) => {
  const asked = { symbols: ["BTC-USDT"], connections }
  return {
    binance: { ...asked, dataTypes: words },
    "binance-usdm": { ...asked, dataTypes: words.map((word) => (word === "kline_1s" ? "kline_1m" : word)) },
  }
}

const moved = (collect: Collect, venue: string) => {
  const metrics = collect.runtimes.get(venue)!.metrics
  return metrics.connectionRotations("moved").value()
}

const failed = (collect: Collect, venue: string) =>
  collect.runtimes.get(venue)!.metrics.connectionRotations("failed").value()

/** Everything that the exchange said between the first and the last record of a stream, each once and in order. */
const assertWhole = (
  records: ReadonlyArray<MarketRecord>,
  simulator: { readonly truth: (stream: string, from: number, to: number) => ReadonlyArray<string> },
) => {
  assert.deepStrictEqual(records.filter(isGap), [], "no gap")
  assert.strictEqual(new Set(records.map(({ id }) => id)).size, records.length, "no duplicate")
  const keyOf = (record: MarketRecord): number =>
    record.type === "bbo"
      ? Number(record.data.sequence)
      : record.type === "trade"
        ? Number(record.data.tradeId)
        : record.timestamp
  for (const [word, stream, id] of [
    ["trade", "btcusdt@trade", "t"],
    ["aggTrade", "btcusdt@aggTrade", "a"],
    ["bbo", "btcusdt@bookTicker", "u"],
  ] as const) {
    const came = of(records, word).map(keyOf)
    const truth = truthOf(simulator, stream, id).filter((each) => came[0]! <= each && each <= came.at(-1)!)
    assert.isAbove(came.length, 100, word)
    assert.deepStrictEqual(came, truth, `${word}: all, in order`)
  }
  for (const word of ["ticker", "kline"]) {
    const times = of(records, word).map(keyOf)
    assert.isAbove(times.length, 1, word)
    assert.deepStrictEqual(
      times,
      times.toSorted((left, right) => left - right),
      `${word}: in order`,
    )
  }
  const closed = of(records, "kline").flatMap((record) =>
    record.type === "kline" && record.data.closed ? [record.data.startTime] : [],
  )
  for (const [index, at] of closed.entries()) assert.strictEqual(at, closed[0]! + index * 1000)
}

const stop = Effect.fnUntraced(function* (
  collect: Collect,
  tree: Fiber.Fiber<unknown, unknown>,
  envelopes: ReadonlyArray<Parameters<typeof parseRecord>[0]>,
) {
  yield* Fiber.interrupt(tree)
  assert.isTrue((yield* collect.service.accounts).balanced)
  return envelopes.map((envelope) => parseRecord(envelope))
})

const both = ["binance", "binance-usdm"] as const

const marketOf = { binance: "spot", "binance-usdm": "perpetual" } as const

const assertVenues = (records: ReadonlyArray<MarketRecord>, simulator: Simulator["Service"]) => {
  for (const venue of both) {
    const own = records.filter(({ market }) => market === marketOf[venue])
    assertWhole(own, simulator.venue(venue))
    const deltas = of(own, "depth").filter(
      (record) => record.type === "depth" && (record.data.kind === "delta" || record.data.depth! > 5),
    )
    if (venue === "binance") assertBook(deltas)
    else assert.strictEqual(deltas.filter(({ id }) => id.includes("snapshot")).length, 1, "one snapshot")
  }
}

describe("a connection that is old", { concurrent: true, timeout: 180_000 }, () => {
  live("moves again and again, and the consumer sees neither a gap nor a duplicate", (seed) =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 300, seed })
      const { collect, envelopes, tree } = yield* collectInto(
        simulator,
        asking({ maxAge: "1500 millis", max: 2 }),
      )
      yield* until("live", allLive(collect))
      yield* until("moved three times", () => both.every((venue) => moved(collect, venue) >= 3))
      const { connections: counted } = yield* (yield* Metrics).stats
      assert.strictEqual(counted.reconnects, 0)
      assert.strictEqual(counted.failures, 0)
      assertVenues(yield* stop(collect, tree, envelopes), simulator)
    }),
  )

  live("is left before the exchange cuts it", (seed) =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 300,
        seed,
        faults: "life:30s",
      })
      const { collect, envelopes, tree } = yield* collectInto(
        simulator,
        asking({ maxAge: "3 seconds", max: 2 }),
      )
      yield* until("live", allLive(collect))
      yield* until("moved twice", () => both.every((venue) => moved(collect, venue) >= 2))
      assert.deepStrictEqual(simulator.faults({ kind: "life" }), [])
      assertVenues(yield* stop(collect, tree, envelopes), simulator)
    }),
  )

  live("stays when the exchange refuses the new one, and is tried again", (seed) =>
    Effect.gen(function* () {
      let refuses = true
      let standing = () => 0
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 300,
        seed,
        venues: ["binance"],
        interference: {
          connect: () => (refuses && standing() > 0 ? { type: "refuse", status: 503 } : { type: "accept" }),
        },
      })
      standing = () => simulator.venue("binance").stats().connections
      const { collect, envelopes, tree } = yield* collectInto(simulator, {
        binance: {
          symbols: ["BTC-USDT"],
          dataTypes: words,
          connections: { maxAge: "1 second", reconnectDelay: "200 millis", maxReconnectDelay: "200 millis" },
        },
      })
      yield* until("live", allLive(collect))
      yield* until("failed twice", () => failed(collect, "binance") >= 2)
      refuses = false
      yield* until("moved after all", () => moved(collect, "binance") >= 1)
      const records = yield* stop(collect, tree, envelopes)
      assertWhole(records, simulator.venue("binance"))
    }),
  )

  live("stays when a stream is acknowledged on the new one and does not come", (seed) =>
    Effect.gen(function* () {
      let standing = () => 0
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 300,
        seed,
        venues: ["binance"],
        interference: { subscribe: (_, stream) => stream !== "btcusdt@trade" || standing() < 2 },
      })
      standing = () => simulator.venue("binance").stats().connections
      const { collect, envelopes, tree } = yield* collectInto(simulator, {
        binance: { symbols: ["BTC-USDT"], dataTypes: words, connections: { maxAge: "2 seconds" } },
      })
      yield* until("live", allLive(collect))
      yield* until("the second socket is there", () => standing() > 1)
      yield* Effect.sleep("5 seconds")
      assert.strictEqual(moved(collect, "binance"), 0, "the old one is kept")
      const records = yield* stop(collect, tree, envelopes)
      assertWhole(records, simulator.venue("binance"))
    }),
  )
})

describe("a connection whose end the exchange announces", { concurrent: true, timeout: 180_000 }, () => {
  live("moves before it is cut, and the consumer sees neither a gap nor a duplicate", (seed) =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 300, seed })
      const { collect, envelopes, tree } = yield* collectInto(simulator, asking({ max: 2 }))
      yield* until("live", allLive(collect))
      yield* Effect.sleep("1 second")
      yield* simulator.inject("shutdown:30s@0s")
      yield* until("moved", () => moved(collect, "binance") === 1 && moved(collect, "binance-usdm") === 2)
      yield* Effect.sleep("1 second")
      assertVenues(yield* stop(collect, tree, envelopes), simulator)
    }),
  )

  for (const [venue, words] of [
    ["okx", ["trade", "bbo", "depth"]],
    // Of its endpoints those of notifications alone say so.
    ["htx-swap", ["funding", "liquidation"]],
  ] as const)
    live(`moves in the words of ${venue} as well, and nothing of it is missing or comes twice`, (seed) =>
      Effect.gen(function* () {
        const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 300, seed, venues: [venue] })
        const { collect, envelopes, tree } = yield* collectInto(simulator, {
          [venue]: { symbols: ["BTC-USDT-PERP"], dataTypes: words },
        })
        yield* until("live", allLive(collect))
        const { connections } = simulator.venue(venue).stats()
        yield* simulator.inject("shutdown:30s@0s")
        yield* until("moved", () => moved(collect, venue) === connections)
        yield* Effect.sleep("1 second")
        assert.isFalse(simulator.faults({ kind: "shutdown" }).length === 0)
        const { metrics } = collect.runtimes.get(venue)!
        assert.strictEqual(metrics.connectionFailures("closed").value(), 0, "it left before it was cut")
        const records = yield* stop(collect, tree, envelopes)
        assert.deepStrictEqual(records.filter(isGap), [])
        assert.strictEqual(new Set(records.map(({ id }) => id)).size, records.length, "no duplicate")
      }),
    )

  live(
    "that is cut while it moves goes on with what has moved, and nothing that did is interrupted",
    (seed) =>
      Effect.gen(function* () {
        const simulator = yield* makeSimulator({
          symbols: ["BTC-USDT"],
          rate: 300,
          seed,
          venues: ["binance"],
          keepSent: 1000,
        })
        const { collect, envelopes, tree } = yield* collectInto(simulator, {
          binance: { symbols: ["BTC-USDT"], dataTypes: words },
        })
        yield* until("live", allLive(collect))
        // A stream that does not come on the new socket keeps the move waiting until the cut.
        yield* simulator.inject("ack-only@0s@btcusdt@ticker")
        yield* simulator.inject("shutdown:60s@0s")
        const others = [...collect.runtimes.get("binance")!.table.values()].filter(
          ({ stream }) => stream.wire !== "btcusdt@ticker",
        )
        yield* until("all others come on the new socket", () =>
          others.every(
            ({ stream }) => simulator.delivered({ connection: 2, stream: stream.wire }).length > 0,
          ),
        )
        const counts = others.map(({ records }) => records)
        yield* until("and go on", () => others.every(({ records }, index) => records > counts[index]! + 2))
        yield* simulator.inject("disconnect@0s/connection=1")
        const { metrics } = collect.runtimes.get("binance")!
        yield* until("cut", () => metrics.connectionFailures("closed").value() === 1)
        yield* Effect.sleep("1 second")
        assert.strictEqual(metrics.reconnects.value(), 0)
        const records = yield* stop(collect, tree, envelopes)
        const gaps = records.filter(isGap).map(({ data }) => data.channel)
        assert.deepStrictEqual(gaps, ["ticker"], "what had not moved is named")
        assertWhole(
          records.filter((record) => !isGap(record)),
          simulator.venue("binance"),
        )
      }),
  )
})
