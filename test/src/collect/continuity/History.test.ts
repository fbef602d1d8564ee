import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, References, type Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  ContinuityHistory,
  ContinuityHistoryError,
  type ContinuityView,
  type HistoryBatch,
  type StreamContinuity,
} from "../../../../services/ContinuityHistory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { makeHistory } from "../../../../src/collect/continuity/History.ts"
import { acknowledge, makeEntry } from "../../../../src/collect/StreamTable.ts"
import { parseDataType } from "../../../../src/domain/DataType.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { isRefusal } from "../../../../src/exchanges/Venue.ts"
import { Actors } from "../../../../src/runtime/Actors.ts"
import { root } from "../../../../src/runtime/Supervisor.ts"
import { makeSimulator, type Simulator } from "../../../../src/simulator/index.ts"
import { allLive, collecting, collectInto } from "../../../support/collecting.ts"
import { eventually } from "../../../support/process.ts"
import { until } from "../../../support/webSocketServer.ts"

const binance = venues.get("binance")!

const hour = 3_600_000

const streamIn = (view: ContinuityView, key: string): StreamContinuity => {
  const found = view.streams.find((each) => each.key === key)
  if (found === undefined)
    throw new Error(`${key} is not among ${view.streams.map((each) => each.key).join(", ")}`)
  return found
}

/** The ids of what the simulator was to send, or did send, on a stream. */
const idsOf = (simulator: Simulator["Service"], which: "sent" | "delivered", stream: string, id: string) =>
  simulator[which]({ stream })
    .flatMap(({ payloads }) => payloads)
    .map((payload) => (JSON.parse(payload) as Record<string, number>)[id]!)

const streams = [
  ["BTC-USDT", "trade", "t"],
  ["ETH-USDT", "trade", "t"],
  ["BTC-USDT", "aggTrade", "a"],
  ["ETH-USDT", "aggTrade", "a"],
] as const

describe("the history of continuity", () => {
  it.live("has the numbers of the exchange: what came, what came twice, what had to be asked for again", () =>
    Effect.scoped(
      Effect.gen(function* () {
        let silent = false
        const simulator = yield* makeSimulator({
          interference: { deliver: (_, messages) => (silent ? [] : messages) },
          symbols: ["BTC-USDT", "ETH-USDT"],
          rate: 600,
          keepSent: 100_000,
          venues: ["binance"],
          faults:
            "drop:3@btcusdt@trade/every=60,drop:2@btcusdt@aggTrade/every=70,duplicate@ethusdt@trade/every=50",
        })
        const { collect, tree } = yield* collectInto(simulator, {
          binance: { symbols: ["BTC-USDT", "ETH-USDT"], dataTypes: ["trade", "aggTrade", "bbo"] },
        })
        const now = Date.now()
        const look = collect.service.continuity({ from: now - hour, to: now + hour, limit: 10_000 })
        yield* until("live", allLive(collect))
        yield* eventually(
          "gaps were repaired",
          Effect.map(look, ({ gaps }) =>
            gaps.filter(({ repair }) => repair === "complete").length > 3 ? true : undefined,
          ),
        )
        // What is on its way at the end would be the exchange's to have said, and nobody's to have heard.
        silent = true
        const newestOf = (symbol: string, word: string) =>
          [...collect.runtimes.get("binance")!.table.values()].find(
            ({ stream: { dataType, instrument } }) => dataType.word === word && instrument.symbol === symbol,
          )?.continuity.newest?.last
        yield* until("all that was delivered is read", () =>
          streams.every(([symbol, word, id]) => {
            const wire = `${symbol.replace("-", "").toLowerCase()}@${word}`
            return newestOf(symbol, word) === idsOf(simulator, "delivered", wire, id).at(-1)
          }),
        )
        yield* Fiber.interrupt(tree)
        const view = yield* look
        for (const [symbol, word, id] of streams) {
          const wire = `${symbol.replace("-", "").toLowerCase()}@${word}`
          const came = idsOf(simulator, "delivered", wire, id)
          const newest = Math.max(...came)
          const once = new Set(came)
          const lost = idsOf(simulator, "sent", wire, id).filter((each) => each < newest && !once.has(each))
          const shown = streamIn(view, `binance:${word}:${symbol}`)
          const { duplicates, missing, received, repaired } = shown
          assert.deepStrictEqual(
            { received, duplicates, lost: repaired + missing },
            { received: once.size, duplicates: came.length - once.size, lost: lost.length },
            wire,
          )
          assert.strictEqual(
            shown.completeness,
            Math.floor(((received + repaired) / (received + repaired + missing)) * 100_000) / 1000,
          )
          const named = view.gaps.filter(({ stream }) => stream === shown.key)
          for (const lostId of lost)
            assert.isTrue(
              named.some(({ from, to }) => from.sequence! <= lostId && lostId <= to.sequence!),
              `${wire} ${lostId} is in a gap`,
            )
          assert.strictEqual(
            named.reduce((sum, gap) => sum + gap.missing!, 0),
            lost.length,
          )
        }
        assert.isAbove(streamIn(view, "binance:trade:ETH-USDT").duplicates, 0)
      }),
    ).pipe(Effect.provide(collecting)),
  )

  it.live("says how long a stream without sequences was away, and that a book was joined again", () =>
    Effect.scoped(
      Effect.gen(function* () {
        let reset = () => {}
        const simulator = yield* makeSimulator({
          symbols: ["BTC-USDT"],
          rate: 400,
          venues: ["binance"],
          interference: {
            deliver: (victim, messages) => {
              reset = victim.reset
              return messages
            },
          },
        })
        const { collect } = yield* collectInto(simulator, {
          binance: {
            symbols: ["BTC-USDT"],
            dataTypes: ["trade", "bbo", "depth"],
            connections: { reconnectDelay: "300 millis", maxReconnectDelay: "300 millis" },
          },
        })
        yield* until("live", allLive(collect))
        reset()
        const now = Date.now()
        const view = yield* eventually(
          "all three go on",
          Effect.map(collect.service.continuity({ from: now - hour, to: now + hour, limit: 100 }), (seen) =>
            seen.gaps.length === 3 &&
            seen.gaps.every(({ to, repair }) => to.timestamp !== undefined && repair !== "pending")
              ? seen
              : undefined,
          ),
        )
        const bbo = streamIn(view, "binance:bbo:BTC-USDT")
        const gap = view.gaps.find(({ stream }) => stream === bbo.key)
        assert.strictEqual(bbo.missingMillis, gap!.to.timestamp! - gap!.from.timestamp!)
        assert.isAbove(bbo.missingMillis, 200)
        assert.isBelow(bbo.completeness!, 100)
        assert.deepStrictEqual(
          gap!.revisions.map(({ revision, repair }) => [revision, repair]),
          [
            [1, "none"],
            [2, "none"],
          ],
        )
        const depth = streamIn(view, "binance:depth:BTC-USDT")
        assert.deepStrictEqual(
          view.gaps
            .filter(({ stream }) => stream === depth.key)
            .map(({ cause, repair, repairedBy }) => ({ cause, repair, repairedBy })),
          [{ cause: "disconnect", repair: "complete", repairedBy: "resync" }],
        )
        assert.strictEqual(depth.completeness, 100)
        const trade = streamIn(view, "binance:trade:BTC-USDT")
        assert.isAbove(trade.repaired, 0)
        assert.strictEqual(trade.missing, 0)
      }),
    ).pipe(Effect.provide(collecting)),
  )

  const failing = (failure: ContinuityHistoryError) => {
    let broken = true
    const written: Array<HistoryBatch> = []
    const store = ContinuityHistory.of({
      write: (batch) =>
        Effect.suspend(() => (broken ? Effect.fail(failure) : Effect.sync(() => written.push(batch)))),
      read: () => Effect.fail(failure),
      sweep: Effect.suspend(() => (broken ? Effect.fail(failure) : Effect.succeed(4096))),
    })
    const mend = Effect.sync(() => (broken = false))
    return { store, written, mend }
  }

  const full = new ContinuityHistoryError({
    path: "data/continuity.db",
    reason: "full",
    detail: "the disk has no room: make some",
  })

  const driven = Effect.gen(function* () {
    const { mend, store, written } = failing(full)
    const history = yield* Effect.provideService(makeHistory, ContinuityHistory, store)
    const instrument = binance().instrument("BTC-USDT")
    const stream = isRefusal(instrument) ? instrument : binance().stream(parseDataType("trade")!, instrument)
    if (isRefusal(stream)) throw new Error(stream.refused)
    const entry = makeEntry(stream, "config")
    acknowledge(entry, 0)
    const table = new Map([[stream, entry]])
    history.watch(table)
    const actors = yield* Actors
    const tree = yield* Effect.forkScoped(root("continuity", history.run))
    const actor = Effect.map(actors.list, (list) => list.find(({ path }) => path === "continuity")!)
    return { actor, entry, history, mend, table, tree, written }
  })

  const effect = (promise: string, body: Effect.Effect<void, unknown, Actors | Metrics | Scope.Scope>) =>
    it.effect(promise, () =>
      Effect.scoped(body).pipe(
        Effect.provide(Layer.merge(Actors.layer, Metrics.layer)),
        Effect.provideService(References.MinimumLogLevel, "None"),
      ),
    )

  effect(
    "is degraded while it cannot be written, says why, and has everything once it can",
    Effect.gen(function* () {
      const { actor, entry, mend, written } = yield* driven
      yield* TestClock.adjust("2 minutes")
      entry.records += 7
      yield* TestClock.adjust("2 minutes")
      const seen = yield* actor
      assert.strictEqual(seen.state, "degraded")
      assert.include(seen.detail ?? seen.lastError, "the disk has no room")
      assert.deepStrictEqual(written, [])
      yield* mend
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* actor).state, "running")
      const counts = written.flatMap((batch) => batch.counts)
      assert.deepStrictEqual(
        counts.map(({ minute, received }) => [minute / 60_000, received]),
        [
          [0, 0],
          [1, 0],
          [2, 7],
          [3, 0],
          [4, 0],
        ],
      )
    }),
  )

  effect(
    "counts what a stream still got before it was removed, and nothing of it from then on",
    Effect.gen(function* () {
      const { entry, mend, table, written } = yield* driven
      yield* mend
      yield* TestClock.adjust("10 seconds")
      entry.records += 4
      table.clear()
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(
        written.flatMap((batch) => batch.counts.map(({ minute, received }) => [minute, received])),
        [
          [0, 0],
          [0, 4],
        ],
      )
    }),
  )

  effect(
    "writes what came in the last moment before it stops",
    Effect.gen(function* () {
      const { entry, mend, tree, written } = yield* driven
      yield* mend
      yield* TestClock.adjust("10 seconds")
      entry.records += 3
      yield* Fiber.interrupt(tree)
      assert.strictEqual(
        written.flatMap((batch) => batch.counts).reduce((sum, { received }) => sum + received, 0),
        3,
      )
    }),
  )
})
