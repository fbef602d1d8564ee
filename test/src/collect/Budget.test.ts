import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeBudget } from "../../../src/collect/Budget.ts"
import { settableClock } from "../../support/clock.ts"

/** Takes each weight in a fiber of its own and notes when it was granted. */
const grants = Effect.fnUntraced(function* (
  budget: { take: (n: number) => Effect.Effect<void> },
  weights: ReadonlyArray<number>,
) {
  const granted: Array<number> = []
  const fibers = yield* Effect.forEach(weights, (weight) =>
    Effect.forkChild(
      Effect.andThen(
        budget.take(weight),
        Effect.map(Clock.currentTimeMillis, (now) => granted.push(now)),
      ),
      { startImmediately: true },
    ),
  )
  return { granted, all: Effect.forEach(fibers, Fiber.join, { discard: true }) }
})

describe("Budget", () => {
  it.effect("knows nothing of a machine's clock that is set back", () =>
    Effect.gen(function* () {
      const { clock, setBack } = yield* settableClock
      const budget = yield* makeBudget({ limit: 1, windowMillis: 1000 })
      yield* Effect.gen(function* () {
        yield* budget.take(1)
        setBack(86_400_000)
        const next = yield* Effect.forkChild(budget.take(1), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(next)
      }).pipe(Effect.provideService(Clock.Clock, clock))
    }),
  )

  it.effect("no window of its length ever holds more than the limit, and takers are served in order", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 5, windowMillis: 1000 })
      const weights = [1, 3, 2, 1, 4, 5, 1, 2, 2, 1, 5]
      const { granted, all } = yield* grants(budget, weights)
      yield* TestClock.adjust("20 seconds")
      yield* all
      assert.deepStrictEqual(
        granted,
        [...granted].sort((a, b) => a - b),
      )
      for (const start of granted) {
        let used = 0
        granted.forEach((at, n) => {
          if (at >= start && at < start + 1000) used += weights[n]!
        })
        assert.isAtMost(used, 5)
      }
    }),
  )

  it.effect(
    "what fits is granted at once; what does not waits exactly until enough has left the window",
    () =>
      Effect.gen(function* () {
        const budget = yield* makeBudget({ limit: 10, windowMillis: 1000 })
        yield* budget.take(6)
        yield* TestClock.adjust(400)
        yield* budget.take(4)
        const { granted, all } = yield* grants(budget, [5])
        yield* TestClock.adjust(599)
        assert.deepStrictEqual(granted, [])
        yield* TestClock.adjust(1)
        yield* all
        assert.deepStrictEqual(granted, [1000])
        assert.strictEqual(yield* budget.used, 9)
      }),
  )

  it.effect("a request is spent until it is over, and a window from then on: it may arrive at its end", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 10, windowMillis: 1000 })
      const request = budget.during(6)
      const slow = yield* Effect.forkChild(request(Effect.sleep(5000)), { startImmediately: true })
      assert.strictEqual(yield* budget.used, 6)
      const { granted, all } = yield* grants(budget, [6])
      yield* TestClock.adjust(5000)
      yield* Fiber.join(slow)
      assert.strictEqual(yield* budget.used, 6)
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(granted, [])
      yield* TestClock.adjust(1)
      yield* all
      assert.deepStrictEqual(granted, [6000])
      // One that fails or is given up is no other.
      yield* Effect.exit(budget.during(4)(Effect.fail("no")))
      const left = yield* Effect.forkChild(budget.during(10)(Effect.never), { startImmediately: true })
      yield* Fiber.interrupt(left)
      assert.strictEqual(yield* budget.used, 10)
    }),
  )

  it.effect("who waits for a request to end is woken by it, and looks at no clock meanwhile", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let sleeps = 0
      const counted: Clock.Clock = {
        ...clock,
        sleep: (duration) => {
          sleeps++
          return clock.sleep(duration)
        },
      }
      yield* Effect.gen(function* () {
        const budget = yield* makeBudget({ limit: 10, windowMillis: 1000 })
        const slow = yield* Effect.forkChild(budget.during(10)(Effect.sleep(60_000)), {
          startImmediately: true,
        })
        const { granted, all } = yield* grants(budget, [1])
        yield* TestClock.adjust(60_000)
        yield* Fiber.join(slow)
        yield* TestClock.adjust(1000)
        yield* all
        assert.deepStrictEqual(granted, [61_000])
      }).pipe(Effect.provideService(Clock.Clock, counted))
      assert.strictEqual(sleeps, 2, "the request's own, and the window after it")
    }),
  )

  it.effect("nothing is granted while the venue forbids it", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 10, windowMillis: 1000 })
      yield* budget.block(30_000)
      const { granted, all } = yield* grants(budget, [1])
      yield* TestClock.adjust(29_999)
      assert.deepStrictEqual(granted, [])
      yield* TestClock.adjust(1)
      yield* all
      assert.deepStrictEqual(granted, [30_000])
    }),
  )

  it.effect("the venue's own count is believed when it is higher", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 100, windowMillis: 60_000 })
      yield* budget.take(10)
      yield* budget.reported(95)
      assert.strictEqual(yield* budget.used, 95)
      yield* budget.reported(20)
      assert.strictEqual(yield* budget.used, 95)
      const { granted, all } = yield* grants(budget, [6])
      yield* TestClock.adjust(59_999)
      assert.deepStrictEqual(granted, [])
      yield* TestClock.adjust(1)
      yield* all
    }),
  )

  it.effect("more than the whole limit is granted alone instead of never", () =>
    Effect.gen(function* () {
      const budget = yield* makeBudget({ limit: 10, windowMillis: 1000 })
      yield* budget.take(50)
      assert.strictEqual(yield* budget.used, 10)
    }),
  )
})
