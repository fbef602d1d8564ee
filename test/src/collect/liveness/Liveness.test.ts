import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import type { Collect } from "../../../../src/collect/Collect.ts"
import { stateOf } from "../../../../src/collect/StreamTable.ts"
import { parseRecord } from "../../../../src/domain/Record.ts"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import { allLive, collecting, type Collecting, collectInto } from "../../../support/collecting.ts"
import { compare, truthOf } from "../../../support/exchangeTruth.ts"
import { freshSeed } from "../../../support/seed.ts"
import { eventually } from "../../../support/process.ts"
import { isGap } from "../../../support/streamStates.ts"
import { until } from "../../../support/webSocketServer.ts"

type Test = (seed: number) => Effect.Effect<unknown, unknown, Collecting | Scope.Scope>

const live = (name: string, test: Test) => {
  const seed = freshSeed()
  it.live(`${name} (seed ${seed})`, () => Effect.scoped(test(seed)).pipe(Effect.provide(collecting)))
}

const metricsOf = (collect: Collect) => collect.runtimes.get("binance")!.metrics

const entryOf = (collect: Collect, word: string) =>
  [...collect.runtimes.get("binance")!.table.values()].find(({ stream }) => stream.dataType.word === word)!

const connections = { heartbeatInterval: "2 seconds", reconnectDelay: "200 millis" }

describe("a stream that goes silent", { concurrent: true, timeout: 180_000 }, () => {
  live("alone is found by what REST knows, subscribed anew alone, and its gap is repaired", (seed) =>
    Effect.gen(function* () {
      let isMute = false
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 200,
        seed,
        venues: ["binance"],
        interference: {
          deliver: (_, messages) =>
            isMute ? messages.filter(({ stream }) => stream !== "btcusdt@trade") : messages,
        },
      })
      const { collect, envelopes, tree } = yield* collectInto(simulator, {
        binance: { symbols: ["BTC-USDT"], dataTypes: ["trade", "bbo", "depth"], connections },
      })
      yield* until("live", allLive(collect))
      yield* until("there is something to compare", () => entryOf(collect, "trade").records > 50)
      isMute = true
      const metrics = metricsOf(collect)
      // It is pending while it is subscribed anew, and dead again as soon as that is acknowledged.
      yield* eventually(
        "known dead",
        Effect.map(collect.service.unready, (reasons) =>
          reasons.some((reason) => reason.includes("1 of 3 streams are dead, the first is btcusdt@trade"))
            ? true
            : undefined,
        ),
      )
      yield* until("subscribed anew", () => metrics.streamRenewals.value() > 0)
      isMute = false
      yield* until("live again", () => stateOf(entryOf(collect, "trade")) === "live")
      assert.deepStrictEqual(yield* collect.service.unready, [])
      const gaps = () => envelopes.filter(({ type }) => type === "gap").map((each) => parseRecord(each))
      yield* until("repaired", () => gaps().some((gap) => isGap(gap) && gap.data.repair === "complete"))
      assert.strictEqual(metrics.reconnects.value(), 0, "its siblings were not touched")
      yield* Fiber.interrupt(tree)
      for (const gap of gaps().filter(isGap))
        assert.deepStrictEqual([gap.data.channel, gap.data.cause], ["trade", "stall"])
      const records = envelopes.map((envelope) => parseRecord(envelope))
      const truth = truthOf(simulator.venue("binance"), "btcusdt@trade", "t")
      assert.deepStrictEqual(compare(records, truth, "trade").missing, [])
    }),
  )

  live("that was acknowledged and never came is found, and comes when it is subscribed anew", (seed) =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 200,
        seed,
        venues: ["binance"],
        faults: "ack-only@btcusdt@bookTicker/times=1",
      })
      const { collect } = yield* collectInto(simulator, {
        binance: { symbols: ["BTC-USDT"], dataTypes: ["trade", "bbo", "depth"], connections },
      })
      const metrics = metricsOf(collect)
      yield* until("found", () => metrics.streamProbes("dead").value() > 0)
      yield* until("live", allLive(collect))
      assert.strictEqual(metrics.streamRenewals.value(), 1)
      assert.strictEqual(metrics.reconnects.value(), 0)
    }),
  )

  live("with all others of its connection is found, and the connection is left", (seed) =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 200, seed, venues: ["binance"] })
      const { collect, envelopes } = yield* collectInto(simulator, {
        binance: {
          symbols: ["BTC-USDT"],
          dataTypes: ["trade", "bbo", "depth", "kline_1s", "ticker"],
          connections,
        },
      })
      yield* until("live", allLive(collect))
      yield* simulator.inject("stall@0s")
      const metrics = metricsOf(collect)
      yield* until("left", () => metrics.reconnects.value() === 1)
      assert.strictEqual(metrics.streamRenewals.value(), 0, "nothing was mended on a dead connection")
      yield* until("live again", allLive(collect))
      yield* until("gaps", () => envelopes.some(({ type }) => type === "gap"))
      const causes = envelopes
        .map((envelope) => parseRecord(envelope))
        .flatMap((record) => (isGap(record) ? [record.data.cause] : []))
      assert.deepStrictEqual([...new Set(causes)], ["stall"])
    }),
  )

  live("in a quiet market is left alone", (seed) =>
    Effect.gen(function* () {
      // About one event in eight seconds: silences of many heartbeats.
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 0.2, seed, venues: ["binance"] })
      const { collect } = yield* collectInto(simulator, {
        binance: {
          symbols: ["BTC-USDT"],
          dataTypes: ["trade", "aggTrade", "bbo", "depth", "depth5"],
          connections,
        },
      })
      const metrics = metricsOf(collect)
      yield* until("asked", () => metrics.streamProbes("quiet").value() >= 10)
      assert.deepStrictEqual(
        [metrics.streamProbes("dead").value(), metrics.streamRenewals.value(), metrics.reconnects.value()],
        [0, 0, 0],
      )
    }),
  )

  live("while REST is away is not judged", (seed) =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 200,
        seed,
        venues: ["binance"],
        faults: "refuse:503/on=rest",
      })
      const { collect } = yield* collectInto(simulator, {
        binance: { symbols: ["BTC-USDT"], dataTypes: ["trade", "bbo"], connections },
      })
      yield* until("live", allLive(collect))
      yield* simulator.inject("stall@0s@btcusdt@trade")
      const metrics = metricsOf(collect)
      yield* until("asked in vain", () => metrics.streamProbes("unknown").value() >= 2)
      assert.strictEqual(metrics.streamRenewals.value(), 0)
      assert.strictEqual(stateOf(entryOf(collect, "trade")), "live")
    }),
  )
})

describe("silent stalls", { timeout: 180_000 }, () => {
  live("of many connections, whose exchange answers pings and requests, are found, every one", (seed) =>
    Effect.gen(function* () {
      const count = 20
      const symbols = Array.from({ length: count }, (_, n) => `S${n}-USDT`)
      const simulator = yield* makeSimulator({ symbols, rate: 40 * count, seed, venues: ["binance"] })
      const { collect } = yield* collectInto(simulator, {
        binance: {
          symbols,
          dataTypes: ["trade"],
          connections: { ...connections, max: count, streamsPerConnection: 1 },
        },
      })
      yield* until("live", allLive(collect))
      yield* simulator.inject("stall@0s")
      const metrics = metricsOf(collect)
      yield* until("each is left", () => metrics.reconnects.value() >= count)
      yield* until("live again", allLive(collect))
      assert.strictEqual(metrics.connectionsActive.value(), count)
    }),
  )
})
