import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { collecting, type Collecting } from "../../../support/collecting.ts"
import { historyBench, taskSpec } from "../../../support/historyBench.ts"

const minute = 60_000
const day = 1440 * minute

const live = (name: string, test: Effect.Effect<unknown, unknown, Collecting | Scope.Scope>) =>
  it.live(name, () => Effect.scoped(test).pipe(Effect.provide(collecting)))

describe("tasks on venues", () => {
  live(
    "klines of a window come whole, in order and closed, in pages of the size asked for",
    Effect.gen(function* () {
      const bench = yield* historyBench({ venues: ["binance"] })
      const end = Math.floor(Date.now() / day) * day
      const start = end - day
      const spec = taskSpec({
        source: "binance",
        dataType: "kline",
        symbols: ["BTC-USDT", "ETHUSDT"],
        window: { start, end },
      })
      const report = yield* bench.run(spec, Date.now())
      assert.deepStrictEqual(report, { outcome: "completed", records: 2880, requests: 30 })
      const records = yield* bench.records
      for (const symbol of ["BTC-USDT", "ETH-USDT"]) {
        const opens = records.flatMap((record) =>
          record.type === "kline" && record.symbol === symbol ? [record.data.startTime] : [],
        )
        assert.deepStrictEqual(
          opens,
          Array.from({ length: 1440 }, (_, index) => start + index * minute),
        )
      }
      assert.isTrue(records.every((record) => record.type === "kline" && record.data.closed))
      assert.isTrue(bench.seen.every(({ url }) => url.searchParams.get("limit") === "100"))
      assert.deepStrictEqual(bench.progress.at(-1), { records: 2880, requests: 30 })
    }),
  )

  live(
    "an open window brings the days before and then what has come since, from where the last run ended",
    Effect.gen(function* () {
      const bench = yield* historyBench({ venues: ["binance"] })
      const spec = taskSpec({ source: "binance", dataType: "kline_5m", batchSize: 1000 })
      const now = Date.now()
      const [first, second] = [now - 20 * minute, now - 9 * minute]
      const before = yield* bench.run(spec, first)
      const after = yield* bench.run(spec, second)
      const records = yield* bench.records
      const opens = records.map((record) => (record.type === "kline" ? record.data.startTime : 0))
      const whole = 5 * minute
      const start = Math.ceil((first - day) / whole) * whole
      // What opened within the window belongs to it, once it is closed.
      const end = Math.ceil(second / whole) * whole
      assert.deepStrictEqual(
        opens,
        Array.from({ length: (end - start) / whole }, (_, index) => start + index * whole),
      )
      assert.deepStrictEqual(
        [before.outcome, after.outcome, before.records + after.records],
        ["completed", "completed", opens.length],
      )
    }),
  )

  live(
    "a run goes on from its checkpoint, and a symbol that is done is not asked for again",
    Effect.gen(function* () {
      const bench = yield* historyBench({ venues: ["binance"] })
      const end = Math.floor(Date.now() / day) * day
      const spec = taskSpec({
        source: "binance",
        dataType: "kline",
        symbols: ["BTC-USDT", "ETH-USDT"],
        window: { start: end - day, end },
        batchSize: 500,
      })
      const startedAt = Date.now()
      yield* bench.run(spec, startedAt)
      yield* bench.records
      const done = bench.checkpoints.at(-1)!
      const middle = bench.checkpoints.find(({ symbols }) =>
        Object.values(symbols).some((place) => place.done),
      )!
      const run = { ...bench.runOf(spec, startedAt), checkpoint: middle }
      const asked = bench.seen.length
      const report = yield* bench.runner.run(run)
      const again = bench.seen.slice(asked)
      const left = Object.entries(middle.symbols).filter(([, place]) => !place.done)
      assert.isAtLeast(report.requests, 1)
      for (const { url } of again) {
        const native = url.searchParams.get("symbol")
        const place = left.find(([symbol]) => symbol.replace("-", "") === native)
        assert.isDefined(place, `${native} was done`)
        assert.isAtLeast(Number(url.searchParams.get("startTime")), Number(place![1].next))
      }
      assert.deepStrictEqual(
        Object.values(done.symbols).map(({ next, done }) => [next, done]),
        [
          [String(end), true],
          [String(end), true],
        ],
      )
    }),
  )

  live(
    "a symbol that the venue refuses fails in the venue's words, and the others come whole",
    Effect.gen(function* () {
      const bench = yield* historyBench({ venues: ["binance"] })
      const end = Math.floor(Date.now() / day) * day
      const window = { start: end - 60 * minute, end }
      const spec = taskSpec({
        source: "binance",
        dataType: "kline",
        symbols: ["BTC-USDT", "NONE-USDT"],
        window,
      })
      const report = yield* bench.run(spec, Date.now())
      assert.deepStrictEqual([report.outcome, report.records], ["partial", 60])
      assert.include(report.error, "NONE-USDT: ")
      assert.include(report.error, "Invalid symbol.")
      const none = yield* bench.run({ ...spec, id: "other", symbols: ["NONE-USDT"] }, Date.now())
      assert.deepStrictEqual([none.outcome, none.records, none.requests], ["failed", 0, 1])
    }),
  )

  live(
    "what passes is tried again: an exchange that fails and resets twice gives everything in the end",
    Effect.gen(function* () {
      let asked = 0
      const bench = yield* historyBench({
        venues: ["binance"],
        interference: {
          request: () => {
            asked++
            if (asked === 1) return { reply: { status: 503, headers: {}, body: "unavailable" } }
            return asked === 2 ? { reply: "reset" } : {}
          },
        },
      })
      const end = Math.floor(Date.now() / day) * day
      const spec = taskSpec({
        source: "binance",
        dataType: "kline",
        window: { start: end - 60 * minute, end },
        params: { retry: { delays: [0.01, 0.01] } },
      })
      const report = yield* bench.run(spec, Date.now())
      assert.deepStrictEqual(report, { outcome: "completed", records: 60, requests: 3 })
    }),
  )

  live(
    "a page is asked for as often as the task's policy says, each failure is told at once, and a refusal is not asked again",
    Effect.gen(function* () {
      const answer = (status: number) => ({ reply: { status, headers: {}, body: "away" } })
      let status = 503
      const bench = yield* historyBench({
        venues: ["binance"],
        interference: { request: () => answer(status) },
      })
      const spec = (retry: unknown) =>
        taskSpec({ source: "binance", dataType: "kline", symbols: ["BTC-USDT"], params: { retry } })
      const twice = yield* bench.run(spec({ delays: [0.01, 0.02] }), Date.now())
      assert.deepInclude(twice, { outcome: "failed", requests: 3, triedOut: true })
      assert.match(twice.error ?? "", /^BTC-USDT: http.*HTTP 503: away$/)
      assert.deepStrictEqual(bench.troubles, [twice.error, twice.error])
      assert.deepInclude(yield* bench.run(spec("never"), Date.now()), { requests: 1, triedOut: true })
      status = 200
      const page = yield* bench.run(spec("never"), Date.now())
      assert.match(page.error ?? "", /^BTC-USDT: \/api\/v3\/klines.*: no JSON: away$/)
      status = 400
      const refused = yield* bench.run(spec("standard"), Date.now())
      assert.deepInclude(refused, { outcome: "failed", requests: 1 })
      assert.notProperty(refused, "triedOut")
    }),
  )

  live(
    "what cannot be had is refused before anything is stored, with what was probably meant",
    Effect.gen(function* () {
      const { runner } = yield* historyBench({ venues: ["binance"] })
      const good = taskSpec({ source: "binance", dataType: "kline" })
      yield* runner.check(good)
      yield* runner.check({ ...good, dataType: "depth", schedule: { kind: "stream" } })
      for (const [change, expected] of [
        [{ source: "binanse" }, 'did you mean "binance"?'],
        [{ dataType: "klines" }, 'did you mean "kline"?'],
        [{ frequency: "7m" }, '"7m" is no interval of kline'],
        [{ symbols: ["BTC USDT"] }, "BTC USDT"],
        [{ symbols: [] }, "no symbols"],
        [{ dataType: "funding" }, "funding"],
        [{ window: { start: 5, end: 5 } }, "the window ends at 5"],
      ] as const) {
        const refused = yield* Effect.flip(runner.check({ ...good, ...change }))
        assert.include(refused.detail, expected)
      }
    }),
  )

  live(
    "of ratios one kind alone can be had, and a kind that the venue does not tell is refused",
    Effect.gen(function* () {
      const bench = yield* historyBench({ venues: ["binance-usdm"] })
      const end = Math.floor(Date.now() / (60 * minute)) * 60 * minute
      const spec = taskSpec({
        source: "binance-usdm",
        dataType: "long_short_ratio",
        frequency: "5m",
        window: { start: end - 60 * minute, end },
        params: { kind: "top_positions" },
      })
      const report = yield* bench.run(spec, Date.now())
      const records = yield* bench.records
      assert.deepStrictEqual([report.outcome, report.requests, records.length], ["completed", 1, 12])
      assert.isTrue(
        records.every((record) => record.type === "long_short_ratio" && record.data.kind === "top_positions"),
      )
      const refused = yield* Effect.flip(
        bench.runner.check({ ...spec, source: "bybit", symbols: ["BTC-USDT-PERP"] }),
      )
      assert.include(
        refused.detail,
        'bybit has no long_short_ratio_5m of kind "top_positions": only accounts',
      )
    }),
  )
})
