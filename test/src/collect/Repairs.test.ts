import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { RestError } from "../../../services/Rest.ts"
import { maxRows } from "../../../src/collect/Repairs.ts"
import { bench, effect, failure, history, range } from "../../support/repairing.ts"

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
    "a last word that nobody takes, since what decodes begins anew, is said again",
    Effect.gen(function* () {
      let deaf = true
      const { repairs, delivered, gap, idsOf } = yield* bench({
        answer: history(99),
        takes: () => !deaf,
      })
      const one = gap(11, 14)
      repairs.request(one)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(delivered, [])
      deaf = false
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(idsOf(one), [11, 12, 13, 14])
      assert.isTrue(delivered.at(-1)!.done)
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
    "a gap that was filled by itself, or whose stream nobody wants, is not asked for",
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
