import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type KlineInterval, parseDataType } from "../../src/domain/DataType.ts"
import { nextOpenTime, openTime } from "../../src/domain/KlineTime.ts"
import type { MarketRecord } from "../../src/domain/Record.ts"
import type { TaskSpec } from "../../src/domain/Task.ts"
import { venues } from "../../src/exchanges/index.ts"
import { type History, isRefusal, type Venue } from "../../src/exchanges/Venue.ts"
import type { Market } from "../../src/simulator/index.ts"
import { iso } from "../../src/exchanges/wire/History.ts"
import { collecting } from "../support/collecting.ts"
import { historyBench, taskSpec } from "../support/historyBench.ts"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** What a task is about, and the window in which the venue has rows enough for several pages. */
interface Case {
  readonly word: string
  readonly frequency: string
  readonly span: number
  readonly batchSize: number
}

/** One case of each type of data, by how often its rows come. */
const cases: Readonly<Record<string, Omit<Case, "word">>> = {
  kline: { frequency: "1m", span: 3 * hour, batchSize: 50 },
  trade: { frequency: "1m", span: 20_000, batchSize: 40 },
  ticker: { frequency: "1m", span: hour, batchSize: 100 },
  depth: { frequency: "1m", span: hour, batchSize: 100 },
  funding: { frequency: "8h", span: 40 * day, batchSize: 20 },
  open_interest: { frequency: "1h", span: 4 * day, batchSize: 30 },
  long_short_ratio: { frequency: "5m", span: 5 * hour, batchSize: 20 },
}

interface Offer extends Case {
  readonly history: History
  readonly symbol: string
  readonly native: string
}

const intervals: Readonly<Record<string, number>> = {
  "1m": minute,
  "5m": 5 * minute,
  "1h": hour,
  "8h": 8 * hour,
}

/** What a venue tells by REST, a word of each type. */
const offersOf = (venue: Venue): ReadonlyArray<Offer> => {
  const found = new Map<string, Offer>()
  for (const word of venue.offers) {
    const dataType = parseDataType(word)!
    const asked = cases[dataType.type]
    const key = word === "aggTrade" ? word : dataType.type
    if (asked === undefined || found.has(key)) continue
    if (dataType.type === "kline" && dataType.interval !== "1m") continue
    for (const spelling of ["BTC-USDT", "BTC-USDT-PERP", "BTC-USD-PERP"]) {
      const instrument = venue.instrument(spelling)
      const stream = isRefusal(instrument) ? instrument : venue.stream(dataType, instrument)
      if (isRefusal(stream) || isRefusal(instrument)) continue
      const history = venue.history?.(stream, intervals[asked.frequency]!)
      if (history !== undefined && !found.has(key))
        found.set(key, { ...asked, word, history, symbol: instrument.symbol, native: instrument.native })
    }
  }
  return [...found.values()]
}

const timeOf = (record: MarketRecord): number =>
  record.type === "kline" ? record.data.startTime : record.timestamp

const kindOf = (record: MarketRecord): string =>
  record.type === "long_short_ratio" ? record.data.kind : record.type

const assertOrdered = (records: ReadonlyArray<MarketRecord>, window: TaskSpec["window"], what: string) => {
  const ids = new Set(records.map(({ id }) => id))
  assert.strictEqual(ids.size, records.length, `${what}: a row twice`)
  for (const group of Map.groupBy(records, kindOf).values())
    group.forEach((record, index) => {
      const time = timeOf(record)
      assert.isAtLeast(time, window.start!, `${what}: ${record.id} is before the window`)
      assert.isBelow(time, window.end!, `${what}: ${record.id} is after the window`)
      if (index > 0) assert.isAtLeast(time, timeOf(group[index - 1]!), `${what}: ${record.id} out of order`)
      assert.strictEqual(record.source, "rest")
    })
}

const opensOf = (interval: KlineInterval, start: number, end: number): ReadonlyArray<number> => {
  const opens: Array<number> = []
  for (let open = openTime(interval, start); open < end; open = nextOpenTime(interval, open)) opens.push(open)
  return opens
}

/** What of each type must be there, besides being in order. */
const assertWhole = (
  records: ReadonlyArray<MarketRecord>,
  offer: Offer,
  window: Required<TaskSpec["window"]>,
  market: Market | undefined,
) => {
  const what = offer.word
  const { end, start } = window
  switch (parseDataType(offer.word)!.type) {
    case "kline": {
      assert.deepStrictEqual(records.map(timeOf), opensOf("1m", start, end), what)
      assert.isTrue(records.every((record) => record.type === "kline" && record.data.closed))
      break
    }
    case "trade":
      assert.isAbove(records.length, 0, what)
      if (offer.word === "trade" && market !== undefined)
        assert.strictEqual(records.length, market.tradeAt(end) - market.tradeAt(start), what)
      break
    case "funding":
      assert.isAtLeast(records.length, Math.floor((end - start) / (8 * hour)) - 1, what)
      assert.isTrue(records.every((record) => record.type === "funding" && record.data.settled === true))
      break
    case "open_interest":
      assert.isAtLeast(records.length, (end - start) / hour - 1, what)
      break
    default:
      for (const group of Map.groupBy(records, kindOf).values())
        assert.isAtLeast(group.length, (end - start) / (5 * minute) - 1, what)
  }
}

/**
 * What a venue tells by REST comes whole by a task: every type of data, in order, within the window, in pages as they were
 * asked for, each row once, and a second run goes on behind the first.
 */
export const historyContract = (name: string): void => {
  const offers = offersOf(venues.get(name)!())

  it.live(
    `tells ${offers.map(({ word }) => word).join(", ")} on demand`,
    () =>
      Effect.gen(function* () {
        assert.isAbove(offers.length, 2)
        const bench = yield* historyBench({ venues: [name], rate: 60, symbols: ["BTC-USDT"] })
        for (const [index, offer] of offers.entries()) {
          const { batchSize, frequency, history, span, symbol, word } = offer
          const asked = bench.seen.length
          const now = Date.now()
          // In the past where the venue goes back that far.
          const end =
            history.reach === "newest" && word === "trade"
              ? now
              : Math.floor((now - 5 * minute) / (5 * minute)) * 5 * minute
          const window = { start: end - span, end }
          const spec = taskSpec({
            id: `task-${index}`,
            source: name,
            dataType: word,
            symbols: [symbol],
            frequency,
            batchSize,
            window,
          })
          bench.forgetCheckpoint()
          yield* bench.runner.check(spec)
          const report = yield* bench.run(spec, now)
          const records = yield* bench.records
          assert.strictEqual(report.records, records.length, word)
          // Where the venue's newest rows are fewer than the window's, the report says so.
          const isShort = history.reach === "newest" && report.outcome === "partial"
          if (isShort) assert.include(report.error, "the venue gives its newest")
          else assert.deepStrictEqual([report.outcome, report.error], ["completed", undefined], word)
          const requests = bench.seen.slice(asked)
          assert.deepStrictEqual(
            requests.filter(({ status }) => status !== 200),
            [],
            word,
          )
          assert.strictEqual(requests.length, report.requests)
          const { next } = Object.values(bench.checkpoints.at(-1)!.symbols)[0]!
          if (history.reach === "present") {
            assert.strictEqual(records.length, 1, word)
            assert.strictEqual(report.requests, 1, word)
          } else {
            assertOrdered(records, window, `${word} of ${iso(window.start)}`)
            if (!isShort)
              assertWhole(records, offer, window, bench.simulator.venue(name).market(offer.native)?.market)
            if (history.reach === "window" && records.length > batchSize)
              assert.isAtLeast(report.requests, Math.floor(records.length / batchSize), word)
          }
          assert.notStrictEqual(next, "")
          // A window that goes on: nothing comes again.
          const { end: _, ...open } = window
          const goesOn = { ...spec, window: open, batchSize: 1000 }
          const more = yield* bench.run(goesOn, Math.min(Date.now(), end + 2 * minute))
          assert.notStrictEqual(more.outcome, "failed", `${word} goes on: ${more.error}`)
          const later = yield* bench.records
          const known = new Set(records.map(({ id }) => id))
          assert.deepStrictEqual(
            later.filter(({ id }) => known.has(id)).map(({ id }) => id),
            [],
            word,
          )
          if (history.reach !== "present")
            for (const record of later) assert.isAtLeast(timeOf(record), end - hour, word)
        }
      }).pipe(Effect.scoped, Effect.provide(collecting)),
    180_000,
  )
}
