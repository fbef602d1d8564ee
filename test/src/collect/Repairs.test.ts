import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Metrics } from "../../../services/Metrics.ts"
import { Rest, RestError, type RestResponse } from "../../../services/Rest.ts"
import { makeBudget } from "../../../src/collect/Budget.ts"
import type { SequenceGap } from "../../../src/collect/continuity/Continuity.ts"
import { makeGap } from "../../../src/collect/continuity/Gap.ts"
import type { Backfill, Inlet } from "../../../src/collect/Inlet.ts"
import { makeRepairs, maxGaps, maxRows } from "../../../src/collect/Repairs.ts"
import { parseDataType } from "../../../src/domain/DataType.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { venues } from "../../../src/exchanges/index.ts"
import { isRefusal } from "../../../src/exchanges/Venue.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import { root } from "../../../src/runtime/Supervisor.ts"

const trade = (id: number) => ({ id, price: "1.5", qty: "2", time: 1000 + id, isBuyerMaker: true })

/** The venue has every trade up to `end`, but those that `without` names. */
const history =
  (end: number, without: (id: number) => boolean = () => false) =>
  (url: URL): unknown => {
    const limit = Number(url.searchParams.get("limit"))
    const from = Number(url.searchParams.get("fromId") ?? end - limit + 1)
    const rows: Array<unknown> = []
    for (let id = from; id <= end && rows.length < limit; id++) if (!without(id)) rows.push(trade(id))
    return rows
  }

/** Running repairs on a scripted REST endpoint, which answers with JSON or a failure. */
const bench = Effect.fnUntraced(function* (options: {
  readonly venue?: string
  readonly answer: (url: URL) => unknown
  readonly weight?: number
}) {
  const venue = venues.get(options.venue ?? "binance")!()
  const asked: Array<{ readonly at: number; readonly url: URL }> = []
  const delivered: Array<Backfill> = []
  const unwanted = new Set<Stream>()
  const budget = yield* makeBudget({ limit: options.weight ?? 6000, windowMillis: 60_000 })
  const repairs = makeRepairs({
    venue,
    restEndpoint: "http://exchange",
    proxy: undefined,
    budget,
    metrics: (yield* Metrics).venue(venue.name),
    into: () => ({
      offer: (inlet: Inlet) =>
        Effect.sync(() => {
          if ("backfillOf" in inlet) delivered.push(inlet)
          return true
        }),
    }),
    wanted: (stream) => !unwanted.has(stream),
  })
  const rest = Rest.of({
    get: ({ url }) =>
      Effect.gen(function* () {
        const parsed = new URL(url)
        asked.push({ at: yield* Clock.currentTimeMillis, url: parsed })
        const answer = options.answer(parsed)
        if (answer instanceof RestError) return yield* answer
        const body = Buffer.from(JSON.stringify(answer))
        return { body, receivedAt: 5, headers: {} } satisfies RestResponse
      }),
  })
  yield* Effect.forkChild(Effect.provideService(root("test", repairs.run), Rest, rest), {
    startImmediately: true,
  })
  const gap = (first: number, last: number, symbol = "BTC-USDT", word = "trade"): SequenceGap => {
    const instrument = venue.instrument(symbol)
    if (isRefusal(instrument)) throw new Error(instrument.refused)
    const stream = venue.stream(parseDataType(word)!, instrument)
    if (isRefusal(stream)) throw new Error(stream.refused)
    const size = last - first + 1
    const known = { first, cause: "sequence", from: {}, to: {}, repair: "pending" } as const
    return { ...makeGap(stream, known), last, left: size, size }
  }
  const idsOf = (of: SequenceGap) =>
    delivered
      .filter(({ backfillOf }) => backfillOf === of)
      .flatMap(({ records }) => records.map(({ first }) => first))
  return { repairs, asked, delivered, unwanted, budget, gap, idsOf }
})

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

const services = Layer.merge(Actors.layer, Metrics.layer)

const effect = (name: string, test: Effect.Effect<unknown, unknown, Actors | Metrics>) =>
  it.effect(name, () => Effect.provide(test, services))

const failure = (reason: RestError["reason"], url: URL) =>
  new RestError({ reason, url: url.href, detail: "scripted" })

describe("Repairs", () => {
  effect(
    "a gap larger than an answer is asked for page by page, in order, each record once, and then it is done",
    Effect.gen(function* () {
      const { repairs, delivered, gap, idsOf } = yield* bench({ answer: history(50_000) })
      const wide = gap(11, 2_510)
      repairs.request(wide)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(idsOf(wide), range(11, 2_510))
      assert.deepStrictEqual(
        delivered.map(({ done }) => done),
        [false, false, true],
      )
    }),
  )

  effect(
    "of a gap without measure the newest records are asked for, as many as the bound",
    Effect.gen(function* () {
      const { repairs, gap, idsOf } = yield* bench({ answer: history(5_000_000) })
      const vast = gap(1, 3_000_000)
      repairs.request(vast)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(idsOf(vast), range(3_000_000 - maxRows + 1, 3_000_000))
    }),
  )

  effect(
    "the newest gap comes first, and half of the weight is left to others",
    Effect.gen(function* () {
      const { repairs, asked, budget, gap } = yield* bench({ answer: history(50_000), weight: 100 })
      yield* budget.take(50)
      for (const first of [100, 200, 300]) repairs.request(gap(first, first + 5))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(asked.length, 0)
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(
        asked.map(({ url }) => url.searchParams.get("fromId")),
        ["300", "200"],
      )
      assert.strictEqual(yield* budget.used, 50)
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual(asked.length, 3)
    }),
  )

  effect(
    "what the venue does not have yet is asked for again, later and later, and given up after all",
    Effect.gen(function* () {
      const { repairs, asked, delivered, gap, idsOf } = yield* bench({ answer: history(15) })
      const early = gap(11, 20)
      repairs.request(early)
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(idsOf(early), range(11, 15))
      assert.isTrue(delivered.at(-1)!.done)
      const pauses = asked.map(({ at }, index) => at - (asked[index - 1]?.at ?? at))
      assert.isAbove(pauses.length, 4)
      assert.isAbove(pauses.at(-1)!, 4 * Math.max(pauses[2]!, 500))
      const requests = asked.length
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(asked.length, requests)
    }),
  )

  effect(
    "an endpoint that is away is tried again; one that limits us is left alone for as long as it says",
    Effect.gen(function* () {
      let failing: RestError["reason"] | undefined = "unreachable"
      const { repairs, asked, gap, idsOf } = yield* bench({
        answer: (url) => (failing === undefined ? history(99)(url) : failure(failing, url)),
      })
      const one = gap(11, 12)
      repairs.request(one)
      yield* TestClock.adjust("500 millis")
      failing = "rate_limited"
      yield* TestClock.adjust("2 seconds")
      const before = asked.length
      failing = undefined
      yield* TestClock.adjust("100 seconds")
      assert.strictEqual(asked.length, before, "two minutes unless it says")
      yield* TestClock.adjust("60 seconds")
      assert.deepStrictEqual(idsOf(one), [11, 12])
    }),
  )

  effect(
    "where the history is refused, the newest records are taken for what they hold",
    Effect.gen(function* () {
      const { repairs, delivered, gap, idsOf } = yield* bench({
        venue: "binance-usdm",
        answer: (url) =>
          url.pathname.endsWith("historicalTrades") ? failure("status", url) : history(1_500)(url),
      })
      const old = gap(400, 600)
      repairs.request(old)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(idsOf(old), range(501, 600))
      assert.deepStrictEqual(delivered.at(-1)!.holes, [])
      assert.isTrue(delivered.at(-1)!.done)
    }),
  )

  effect(
    "ids that a venue leaves out by design are holes where the answer goes past them, and only there",
    Effect.gen(function* () {
      const beside = (id: number) => id === 10 || (id > 12 && id < 16)
      const futures = yield* bench({ venue: "binance-usdm", answer: history(100, beside) })
      const one = futures.gap(10, 20)
      futures.repairs.request(one)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        futures.delivered.flatMap(({ holes }) => holes),
        [
          { first: 10, last: 10 },
          { first: 13, last: 15 },
        ],
      )
      const spot = yield* bench({ answer: history(100, beside) })
      spot.repairs.request(spot.gap(10, 20))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        spot.delivered.flatMap(({ holes }) => holes),
        [],
      )
    }),
  )

  effect(
    "a gap that was filled by itself, or whose stream nobody wants, is not asked for; too many are not taken",
    Effect.gen(function* () {
      const { repairs, asked, unwanted, budget, gap } = yield* bench({ answer: history(99) })
      yield* budget.block(10_000)
      const filled = { ...gap(1, 2), repair: "complete" as const }
      const alone = gap(1, 2, "ETH-USDT")
      unwanted.add(alone.stream)
      repairs.request(filled)
      repairs.request(alone)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(asked.length, 0)
      yield* budget.block(1e9)
      for (let count = 0; count < maxGaps; count++) repairs.request(gap(1, 2))
      assert.isFalse(repairs.canRepair(alone.stream))
      const quotes = gap(1, 2, "BTC-USDT", "bbo")
      assert.isFalse(repairs.canRepair(quotes.stream))
    }),
  )

  effect(
    "an answer that cannot be read gives the gap up and says so",
    Effect.gen(function* () {
      const { repairs, delivered, gap } = yield* bench({ answer: () => [{ id: 11, price: "a" }] })
      repairs.request(gap(11, 12))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        delivered.map(({ done, records }) => [done, records.length]),
        [[true, 0]],
      )
    }),
  )
})
