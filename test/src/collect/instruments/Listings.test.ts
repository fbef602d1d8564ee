import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, References, type Scope } from "effect"
import * as Instruments from "../../../../layers/instrument-store/JsonFile.ts"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import type { InstrumentStore } from "../../../../services/InstrumentStore.ts"
import type { Collect } from "../../../../src/collect/Collect.ts"
import { payloadOf } from "../../../../src/domain/Envelope.ts"
import { parseRecord } from "../../../../src/domain/Record.ts"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import { allLive, collecting, type Collecting, collectInto } from "../../../support/collecting.ts"
import { eventually } from "../../../support/process.ts"
import { isGap } from "../../../support/streamStates.ts"

const instruments = { refreshInterval: "200 millis" }

const live = <E>(name: string, body: Effect.Effect<void, E, Collecting | InstrumentStore | Scope.Scope>) =>
  it.live(
    name,
    () =>
      Effect.scoped(body).pipe(
        Effect.provide(Layer.merge(collecting, Instruments.layerMemory)),
        Effect.provideService(References.MinimumLogLevel, "None"),
      ),
    180_000,
  )

const symbolsOf = (collect: Collect): ReadonlyArray<string> => [
  ...new Set(
    [...collect.runtimes.values()].flatMap(({ table }) =>
      [...table.keys()].map(({ instrument }) => instrument.symbol),
    ),
  ),
]

/** Until exactly these are collected, and live. */
const come = (collect: Collect, wanted: ReadonlyArray<string>) =>
  eventually(
    `${wanted.join(", ")} are collected`,
    Effect.sync(() => {
      const now = symbolsOf(collect).toSorted().join()
      return now === wanted.toSorted().join() && allLive(collect)() ? true : undefined
    }),
  )

const statusOf = (collect: Collect) => Effect.map(collect.service.venues, ([status]) => status!)

describe("listings and delistings", () => {
  live(
    "a pattern's streams begin with a listing and end with a delisting, without a gap; the others go on",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "ETH-USDT", "ETH-BTC"],
        venues: ["binance"],
        rate: 300,
      })
      const venue = simulator.venue("binance")
      const { collect, envelopes } = yield* collectInto(simulator, {
        binance: { symbols: ["*/USDT"], dataTypes: ["trade", "depth"], instruments },
      })
      yield* come(collect, ["BTC-USDT", "ETH-USDT"])
      assert.deepStrictEqual(venue.list("SOL-USDT"), ["SOLUSDT"])
      yield* come(collect, ["BTC-USDT", "ETH-USDT", "SOL-USDT"])
      assert.isTrue(venue.delist("ETHUSDT"))
      yield* come(collect, ["BTC-USDT", "SOL-USDT"])
      const before = envelopes.length
      yield* eventually(
        "the others go on",
        Effect.sync(() => (envelopes.length > before + 50 ? true : undefined)),
      )
      const records = envelopes.map((envelope) => parseRecord(payloadOf(envelope).toString()))
      assert.deepStrictEqual(records.filter(isGap), [])
      const { instruments: known } = yield* statusOf(collect)
      assert.deepStrictEqual(
        known.changes.map(({ change, streams, symbol }) => `${symbol} ${change} ${streams}`),
        ["SOL-USDT listed 2", "ETH-USDT delisted 2"],
      )
      assert.strictEqual(known.changes[1]!.reason, "binance does not list it any more")
      // Listed again, its streams begin anew under the same names.
      venue.list("ETH-USDT")
      yield* come(collect, ["BTC-USDT", "SOL-USDT", "ETH-USDT"])
    }),
  )

  live(
    "a symbol that was asked for by name is named in status while it is off the list, and comes back with it",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "ETH-USDT"],
        venues: ["binance"],
        rate: 300,
      })
      const venue = simulator.venue("binance")
      const { collect } = yield* collectInto(simulator, {
        binance: { symbols: ["BTC-USDT", "ETHUSDT", "BTC-USDX"], dataTypes: ["trade"], instruments },
      })
      yield* come(collect, ["BTC-USDT", "ETH-USDT"])
      const refused = Effect.map(statusOf(collect), (status) =>
        status.refused.map(({ reason, symbol }) => `${symbol}: ${reason}`),
      )
      assert.deepStrictEqual(yield* refused, [
        'BTC-USDX: "BTC-USDX" is none of the 2 instruments that binance lists; did you mean BTC-USDT?',
      ])
      venue.delist("ETHUSDT")
      yield* come(collect, ["BTC-USDT"])
      assert.include((yield* refused)[0], 'ETHUSDT: "ETHUSDT" is none of the 1 instruments')
      assert.deepStrictEqual(yield* collect.service.unready, [])
      venue.list("ETH-USDT")
      yield* come(collect, ["BTC-USDT", "ETH-USDT"])
    }),
  )

  live(
    "a pair whose letters mean another one goes by the list, also where it was begun without",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "BTC-AEUR"],
        venues: ["binance"],
        rate: 300,
        faults: "refuse:503/times=1/every=1/on=rest",
      })
      const { collect, envelopes } = yield* collectInto(simulator, {
        binance: { symbols: ["BTCAEUR", "BTCUSDT"], dataTypes: ["trade"], instruments },
      })
      assert.deepStrictEqual(symbolsOf(collect), ["BTCA-EUR", "BTC-USDT"])
      yield* come(collect, ["BTC-AEUR", "BTC-USDT"])
      const count = envelopes.length
      yield* eventually(
        "it goes by its name",
        Effect.sync(() =>
          envelopes.slice(count).some((each) => parseRecord(payloadOf(each).toString()).symbol === "BTC-AEUR")
            ? true
            : undefined,
        ),
      )
      const { connections } = yield* statusOf(collect)
      assert.deepStrictEqual(
        connections.map(({ reconnects }) => reconnects),
        [0],
      )
    }),
  )

  live(
    "patterns are subscribed and unsubscribed at run time, and single streams of them left out",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "ETH-USDT", "ETH-BTC"],
        venues: ["binance"],
        rate: 300,
      })
      const config = { binance: { symbols: ["BTC-USDT"], dataTypes: ["trade"], instruments } }
      const { collect, tree } = yield* collectInto(simulator, config)
      yield* come(collect, ["BTC-USDT"])
      yield* eventually(
        "the list is there",
        Effect.map(statusOf(collect), (status) => status.instruments.state === "current" || undefined),
      )
      const { subscribe, unsubscribe } = collect.service
      const ask = (symbol: string) => [{ venue: "binance", symbols: [symbol], dataTypes: ["trade"] }]
      const answers = yield* subscribe([
        ...ask("*/USDT"),
        { venue: "binance", symbols: ["option:*", "spoot:*"], dataTypes: ["trade"] },
      ])
      assert.deepStrictEqual(
        answers.map(({ pattern, result, symbol }) => `${pattern} ${symbol} ${result}`),
        [
          "*/USDT BTC-USDT already",
          "*/USDT ETH-USDT added",
          "option:* option:* refused",
          "spoot:* spoot:* refused",
        ],
      )
      assert.match(answers[3]!.reason!, /did you mean "spot"/)
      assert.deepStrictEqual(
        (yield* unsubscribe(ask("ETH/USDT"))).map(({ result }) => result),
        ["removed"],
      )
      simulator.venue("binance").list("SOL-USDT")
      yield* come(collect, ["BTC-USDT", "SOL-USDT"])
      yield* Fiber.interrupt(tree)
      const again = yield* collectInto(simulator, config).pipe(
        Effect.provide(MemoryJournal.layer({ capacityBytes: 1 << 20 })),
      )
      yield* come(again.collect, ["BTC-USDT", "SOL-USDT"])
      const gone = yield* again.collect.service.unsubscribe(ask("*/USDT"))
      assert.deepStrictEqual(
        gone.map(({ result, symbol }) => `${symbol} ${result}`),
        ["SOL-USDT removed"],
      )
      yield* come(again.collect, ["BTC-USDT"])
    }),
  )
})

describe("a list that cannot be had", () => {
  live(
    "holds up nothing that is called by its name, makes its actor degraded, and patterns wait by name",
    Effect.gen(function* () {
      let isAway = true
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "ETH-USDT"],
        venues: ["binance"],
        rate: 300,
        interference: {
          request: () => (isAway ? { reply: { status: 503, headers: {}, body: "away" } } : {}),
        },
      })
      const { collect } = yield* collectInto(simulator, {
        binance: { symbols: ["BTCUSDT", "ETH-*"], dataTypes: ["trade", "bbo"], instruments },
      })
      yield* come(collect, ["BTC-USDT"])
      yield* eventually(
        "its error is named",
        Effect.map(statusOf(collect), ({ instruments: known }) =>
          known.state === "absent" && known.lastError?.includes("503") === true ? true : undefined,
        ),
      )
      assert.match(
        (yield* collect.service.unready).join(),
        /"ETH-\*" waits for the list of instruments \(.*503/,
      )
      const error = yield* Effect.flip(collect.service.instruments({ venue: "binance" }))
      assert.match(error.message, /no list of instruments has come yet: .*503/)
      isAway = false
      yield* come(collect, ["BTC-USDT", "ETH-USDT"])
      assert.deepStrictEqual(yield* collect.service.unready, [])
    }),
  )

  live(
    "is the last one that was kept: symbols and patterns are known at once, without REST",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "ETH-USDT"],
        venues: ["binance"],
        rate: 300,
      })
      const config = { binance: { symbols: ["*/USDT"], dataTypes: ["trade"], instruments } }
      const first = yield* collectInto(simulator, config)
      yield* come(first.collect, ["BTC-USDT", "ETH-USDT"])
      yield* Fiber.interrupt(first.tree)
      yield* simulator.inject("refuse:503/on=rest")
      const second = yield* collectInto(simulator, config).pipe(
        Effect.provide(MemoryJournal.layer({ capacityBytes: 1 << 20 })),
      )
      assert.deepStrictEqual(symbolsOf(second.collect).toSorted(), ["BTC-USDT", "ETH-USDT"])
      yield* come(second.collect, ["BTC-USDT", "ETH-USDT"])
      yield* eventually(
        "it says that it is an old one",
        Effect.map(statusOf(second.collect), ({ instruments: known }) =>
          known.state === "kept" && known.lastError !== undefined ? true : undefined,
        ),
      )
    }),
  )

  live(
    "one that has lost most of its instruments is believed once the venue says so twice",
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: 30, venues: ["binance"], rate: 300 })
      const venue = simulator.venue("binance")
      const { collect } = yield* collectInto(simulator, {
        binance: {
          symbols: ["BTC-USDT", "*/USDT"],
          dataTypes: ["ticker"],
          instruments: { refreshInterval: "1 second" },
        },
      })
      yield* eventually(
        "all are there",
        Effect.sync(() => (symbolsOf(collect).length === 30 ? true : undefined)),
      )
      for (const native of venue.symbols) if (native !== "BTCUSDT") venue.delist(native)
      const doubted = yield* eventually(
        "it is doubted",
        Effect.map(statusOf(collect), ({ instruments: known }) =>
          known.lastError === undefined ? undefined : known,
        ),
      )
      assert.strictEqual(doubted.listed, 30)
      assert.match(doubted.lastError!, /lists 1 instruments instead of 30, which is not believed/)
      yield* come(collect, ["BTC-USDT"])
    }),
  )
})
