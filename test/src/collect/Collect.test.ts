import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import * as MemoryJournal from "../../../layers/journal/Memory.ts"
import type { StreamState } from "../../../services/Collection.ts"
import { SubscriptionStore } from "../../../services/SubscriptionStore.ts"
import type { Collect } from "../../../src/collect/Collect.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { makeSimulator } from "../../../src/simulator/index.ts"
import { allLive, collecting, type Collecting, collectInto } from "../../support/collecting.ts"
import { eventually } from "../../support/process.ts"
import { until } from "../../support/webSocketServer.ts"

const streams = (collect: Collect) =>
  [...collect.runtimes.values()].flatMap(({ table }) => [...table.values()])

const every = ["trade", "aggTrade", "kline_1m", "ticker", "bbo", "depth", "depth20"]

const live = (name: string, test: Effect.Effect<unknown, unknown, Collecting | Scope.Scope>) =>
  it.live(name, () => Effect.scoped(test).pipe(Effect.provide(collecting)))

describe("Collect", () => {
  live(
    "every data type of both venues arrives from real sockets, books are joined, and the accounts balance to the end",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT", "ETH-USDT"], rate: 400 })
      const asked = { symbols: ["BTC/USDT", "ETHUSDT"], dataTypes: every }
      const { collect, envelopes, tree } = yield* collectInto(simulator, {
        binance: asked,
        "binance-usdm": asked,
      })
      yield* until("all streams are live", allLive(collect))
      const kinds = () =>
        new Set(envelopes.map(({ stream, source }) => `${stream.venue} ${stream.dataType.word} ${source}`))
      yield* until("every book has a snapshot and goes on", () =>
        ["binance", "binance-usdm"].every((venue) =>
          ["stream", "rest"].every((source) => kinds().has(`${venue} depth ${source}`)),
        ),
      )
      yield* eventually(
        "it is ready",
        Effect.map(collect.service.unready, (reasons) => (reasons.length === 0 ? true : undefined)),
      )
      yield* Fiber.interrupt(tree)
      const { accounts } = collect.service
      const { frames, records, balanced } = yield* accounts
      assert.isTrue(balanced)
      assert.deepStrictEqual(
        [frames.inFlight, records.inFlight, frames.rejected, records.dropped],
        [0, 0, {}, {}],
      )
      assert.strictEqual(records.accepted, envelopes.length)
      for (const venue of ["binance", "binance-usdm"])
        for (const word of every) assert.isTrue(kinds().has(`${venue} ${word} stream`), `${venue} ${word}`)
      const ids = envelopes.map(
        (envelope) => (JSON.parse(payloadOf(envelope).toString()) as { id: string }).id,
      )
      assert.strictEqual(new Set(ids).size, ids.length, "no record twice")
    }),
  )

  live(
    "a stop while books wait for their snapshots leaves nothing in flight: deltas without a book are given up, and counted",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 400, venues: ["binance"] })
      yield* simulator.inject("429:1m@0s/on=rest")
      const { collect, tree } = yield* collectInto(simulator, {
        binance: { symbols: ["BTC-USDT"], dataTypes: ["trade", "depth"] },
      })
      const { flow } = collect.runtimes.get("binance")!
      yield* until("deltas wait", () => flow.waiting > 2)
      yield* Fiber.interrupt(tree)
      const { balanced, records } = yield* collect.service.accounts
      assert.deepStrictEqual([records.inFlight, balanced], [0, true])
      assert.isAbove(records.dropped["awaiting_snapshot"] ?? 0, 2)
    }),
  )

  live(
    "what the simulator said on a stream is what came out of it, between the first and the last record",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT"],
        rate: 500,
        keepSent: 100_000,
        venues: ["binance"],
      })
      const { collect, envelopes, tree } = yield* collectInto(simulator, {
        binance: { symbols: ["BTC-USDT"], dataTypes: ["trade", "bbo"] },
      })
      yield* until("a thousand records", () => envelopes.length > 1000)
      yield* Fiber.interrupt(tree)
      const keys = (type: string) =>
        envelopes.filter((envelope) => envelope.type === type).map(({ key }) => Number(key))
      const sent = simulator
        .sent()
        .flatMap(({ payloads }) => payloads)
        .map((payload) => JSON.parse(payload) as { e?: string; t: number; u: number })
      const trades = sent.filter(({ e }) => e === "trade").map(({ t }) => t)
      const quotes = sent.filter(({ e }) => e === undefined).map(({ u }) => u)
      for (const [got, truth] of [
        [keys("trade"), trades],
        [keys("bbo"), quotes],
      ] as const) {
        assert.isAbove(got.length, 100)
        assert.deepStrictEqual(got, truth.slice(0, got.length))
      }
      assert.isTrue((yield* collect.service.accounts).balanced)
    }),
  )

  live(
    "streams are added and removed at run time, answered one by one, and kept for the next start",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "ETH-USDT"],
        rate: 400,
        venues: ["binance"],
      })
      const config = { binance: { symbols: ["BTC-USDT"], dataTypes: ["trade", "bbo"] } }
      const { collect, tree } = yield* collectInto(simulator, config)
      yield* until("live", allLive(collect))
      const { subscribe, unsubscribe, subscriptions } = collect.service
      const answers = yield* subscribe([
        { venue: "binance", symbols: ["ETH/USDT", "BTC-USDT", "???"], dataTypes: ["trade", "funding"] },
        { venue: "nowhere", symbols: ["X-Y"], dataTypes: ["trade"] },
      ])
      assert.deepStrictEqual(
        answers.map(({ symbol, dataType, result }) => `${symbol} ${dataType} ${result}`),
        [
          "ETH-USDT trade added",
          "ETH/USDT funding refused",
          "BTC-USDT trade already",
          "BTC-USDT funding refused",
          "??? trade refused",
          "??? funding refused",
          "X-Y trade refused",
        ],
      )
      for (const { result, reason } of answers) if (result === "refused") assert.isAbove(reason!.length, 10)
      yield* until("the new one is live", allLive(collect))
      const gone = yield* unsubscribe([
        { venue: "binance", symbols: ["BTC-USDT"], dataTypes: ["bbo", "ticker"] },
      ])
      assert.deepStrictEqual(
        gone.map(({ result }) => result),
        ["removed", "absent"],
      )
      yield* Fiber.interrupt(tree)
      const changes = yield* Effect.flatMap(SubscriptionStore, ({ load }) => load)
      assert.deepStrictEqual(changes.added, [
        { venue: "binance", symbols: ["ETH-USDT"], dataTypes: ["trade"] },
      ])
      const again = yield* collectInto(simulator, config).pipe(
        Effect.provide(MemoryJournal.layer({ capacityBytes: 1 << 20 })),
      )
      const kept = yield* again.collect.service.subscriptions
      assert.deepStrictEqual(
        kept.map(({ symbol, dataType, origin }) => `${symbol} ${dataType} ${origin}`).sort(),
        ["BTC-USDT trade config", "ETH-USDT trade api"],
      )
      assert.strictEqual((yield* subscriptions).length, 2)
    }),
  )

  live(
    "a venue is stopped, drained and started again by name; an unknown one is refused with those there are",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 400, venues: ["binance"] })
      const { collect, envelopes } = yield* collectInto(simulator, {
        binance: { symbols: ["BTC-USDT"], dataTypes: ["trade"] },
      })
      yield* until("live", allLive(collect))
      const { accounts, steer, venues: statuses, unready } = collect.service
      yield* steer("binance", "stop")
      const { frames, records, balanced } = yield* accounts
      assert.deepStrictEqual([frames.inFlight, records.inFlight, balanced], [0, 0, true])
      yield* until("the reader has all", () => envelopes.length === records.accepted)
      assert.strictEqual((yield* statuses)[0]!.state, "stopped")
      assert.deepStrictEqual(yield* unready, ["venue binance is stopped"])
      yield* until("no connection is left", () => simulator.venue("binance").stats().connections === 0)
      yield* steer("binance", "start")
      const before = envelopes.length
      yield* until("it delivers again", () => envelopes.length > before)
      yield* steer("binance", "restart")
      yield* until("and after a restart", () => streams(collect)[0]!.acknowledgedAt !== undefined)
      const error = yield* Effect.flip(steer("binanec", "start"))
      assert.include(error.message, "configured: binance")
      const states: ReadonlyArray<StreamState> = (yield* statuses)[0]!.streams.map(({ state }) => state)
      assert.strictEqual(states.length, 1)
    }),
  )
})
