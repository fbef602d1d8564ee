import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, References } from "effect"
import { TestClock } from "effect/testing"
import { appender, balanced, range, services, settle, start, test } from "../../../support/drivenSinks.ts"
import { away, scriptedSink } from "../../../support/scriptedSink.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"

describe("the sinks together", () => {
  it.effect("loses, reorders and miscounts nothing, whatever sinks do", () =>
    withSeeds(12, (dice) =>
      Effect.scoped(chaos(dice)).pipe(
        Effect.provide(services, { local: true }),
        Effect.provideService(References.MinimumLogLevel, "None"),
      ),
    ),
  )
})

describe("stopping sinks", () => {
  test(
    "delivers everything accepted before it is stopped",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const append = appender()
      const { fiber, sinks } = yield* start([scripted], { drainDeadline: "10 seconds" })
      yield* append(25)
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* settle
      assert.isUndefined(stopping.pollUnsafe())
      scripted.automatic = true
      for (const each of scripted.given) yield* each.deliver()
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(scripted.delivered, range(0, 25))
      assert.strictEqual(scripted.closes, 1)
      yield* balanced(sinks)
    }),
  )

  it.effect("says how much it had to leave when a stop takes too long", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function* () {
      const scripted = scriptedSink("a")
      scripted.refuseToOpen = away("a")
      const append = appender()
      const { fiber } = yield* start([scripted], { drainDeadline: "7 seconds" })
      yield* append(25)
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
      for (let tenths = 0; tenths < 69; tenths++)
        yield* Effect.andThen(TestClock.adjust("100 millis"), settle)
      assert.isUndefined(stopping.pollUnsafe())
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(stopping)
      assert.isTrue(
        lines.some((line) => line.includes("25 records were not delivered within 7s")),
        lines.join("\n"),
      )
    }).pipe(Effect.provide(Layer.mergeAll(services, Logger.layer([logger]))))
  })

  test(
    "does not wait for its delay between attempts when it is stopped",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      scripted.automatic = true
      scripted.refuseToOpen = away("a")
      const append = appender()
      const { fiber } = yield* start([scripted], {
        drainDeadline: "10 seconds",
        backoff: { first: "1 hour", max: "1 hour" },
      })
      yield* append(5)
      scripted.refuseToOpen = undefined
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(scripted.delivered, range(0, 5))
    }),
  )
})

/** Two sinks that answer at random, fail, die and cannot be opened for a while. */
const chaos = (dice: Dice) =>
  Effect.gen(function* () {
    const all = [scriptedSink("a", { maxBatch: 1 + dice.int(20) }), scriptedSink("b")]
    const append = appender()
    const { sinks } = yield* start(all)
    let appended = 0
    for (let step = 0; step < 60; step++) {
      if (dice.chance(0.6)) {
        const count = dice.int(30)
        yield* append(count)
        appended += count
      }
      for (const scripted of all) {
        scripted.refuseToOpen = dice.chance(0.1) ? away("x") : undefined
        const latest = scripted.given.filter(({ writer }) => writer === scripted.opens)
        if (latest.length === 0) continue
        const given = dice.pick(latest)
        const action = dice.int(20)
        if (action < 14) yield* given.deliver()
        else if (action < 16) yield* given.fail
        else if (action === 16) yield* given.die
      }
      yield* settle
      yield* balanced(sinks)
      if (dice.chance(0.3)) yield* TestClock.adjust(dice.int(10_000))
    }
    for (const scripted of all) {
      scripted.refuseToOpen = undefined
      scripted.automatic = true
      scripted.delivered.length = 0
      for (const each of scripted.given) yield* each.deliver()
    }
    for (let round = 0; round < 10; round++) yield* Effect.andThen(TestClock.adjust("1 minute"), settle)
    yield* balanced(sinks)
    for (const account of yield* sinks.accounts)
      assert.deepInclude(account, { accepted: appended, delivered: appended, waiting: 0, state: "open" })
    for (const scripted of all)
      for (let writer = 1; writer <= scripted.opens; writer++) {
        const numbers = scripted.given
          .filter((each) => each.writer === writer)
          .flatMap(({ numbers }) => numbers)
        assert.deepStrictEqual(numbers, range(numbers[0] ?? 0, numbers.length))
      }
  })
