import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { maxGaps } from "../../../src/collect/RepairQueue.ts"
import { bench, effect, history } from "../../support/repairing.ts"

describe("which gap is asked for", () => {
  effect(
    "the newest gap comes first, and half of the weight is left to others",
    Effect.gen(function* () {
      const { repairs, asked, budget, gap } = yield* bench({ answer: history(50_000), weight: 100 })
      for (const first of [100, 200, 300, 400]) repairs.request(gap(first, first + 5))
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(
        asked.map(({ url }) => url.searchParams.get("fromId")),
        ["400", "300"],
      )
      assert.strictEqual(yield* budget.used, 50)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(asked.length, 4)
    }),
  )

  effect(
    "where others leave nothing of the weight, a quarter of it is for repairs all the same",
    Effect.gen(function* () {
      const { repairs, asked, budget, gap } = yield* bench({ answer: history(50_000), weight: 400 })
      yield* Effect.forkChild(Effect.forever(budget.take(50)))
      for (let first = 100; first < 2_000; first += 100) repairs.request(gap(first, first + 5))
      yield* TestClock.adjust("5 minutes")
      // Four a minute, of 25 each; one or another waits for its turn.
      assert.isAtLeast(asked.length, 4 * 4)
      assert.isAtMost(asked.length, 4 * 5 + 1)
    }),
  )

  effect(
    "of too many gaps the oldest is given up, and said to be, also while the venue forbids to ask",
    Effect.gen(function* () {
      const { repairs, asked, delivered, budget, gap } = yield* bench({ answer: history(99) })
      yield* budget.block(1e9)
      const all = Array.from({ length: maxGaps + 5 }, (_, index) => gap(index + 1, index + 1))
      for (const each of all) repairs.request(each)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(asked.length, 0)
      assert.deepStrictEqual(
        delivered.map(({ backfillOf, done, records }) => [backfillOf, done, records.length]),
        all.slice(0, 5).map((each) => [each, true, 0]),
      )
    }),
  )
})
