import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer, Logger, Option } from "effect"
import { TestClock } from "effect/testing"
import { Journal } from "../../../../services/Journal.ts"
import { Actors } from "../../../../src/runtime/Actors.ts"
import {
  accountOf,
  appender,
  balanced,
  range,
  services,
  settle,
  start,
  test,
} from "../../../support/drivenSinks.ts"
import { away, scriptedSink } from "../../../support/scriptedSink.ts"

describe("the driver of a sink", () => {
  test(
    "moves the cursor by deliveries in order, however they come",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const append = appender()
      const { sinks } = yield* start([scripted])
      yield* append(30)
      yield* settle
      assert.deepStrictEqual(
        scripted.given.map(({ numbers }) => numbers),
        [range(0, 10), range(10, 10), range(20, 10)],
      )
      const journal = yield* Journal
      const position = Effect.map(journal.status, ({ cursors }) => cursors[0]!.position)
      yield* scripted.given[1]!.deliver()
      yield* settle
      assert.strictEqual(yield* position, 0)
      assert.deepInclude(yield* accountOf(sinks), { delivered: 0, waiting: 30 })
      yield* scripted.given[0]!.deliver()
      yield* settle
      assert.strictEqual(yield* position, 20)
      assert.deepInclude(yield* accountOf(sinks), { accepted: 30, delivered: 20, waiting: 10, state: "open" })
    }),
  )

  test(
    "gives everything past the cursor to a new writer when a delivery fails",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const append = appender()
      const { sinks } = yield* start([scripted])
      yield* append(30)
      yield* settle
      yield* scripted.given[0]!.deliver()
      yield* scripted.given[2]!.deliver()
      yield* scripted.given[1]!.fail
      yield* settle
      assert.strictEqual(scripted.closes, 1)
      const account = yield* accountOf(sinks)
      assert.deepInclude(account, { state: "unavailable", delivered: 10, waiting: 20 })
      assert.include(account.lastError, "start it")
      assert.strictEqual((yield* sinks.unready).length, 1)
      yield* TestClock.adjust("2 seconds")
      yield* settle
      const again = scripted.given.filter(({ writer }) => writer === 2)
      assert.deepStrictEqual(
        again.flatMap(({ numbers }) => numbers),
        range(10, 20),
      )
      for (const each of again) yield* each.deliver()
      yield* settle
      assert.deepInclude(yield* accountOf(sinks), { state: "open", delivered: 30, waiting: 0 })
      assert.deepStrictEqual(yield* sinks.unready, [])
      yield* balanced(sinks)
    }),
  )

  test(
    "shows what is in the way of a sink that sits an outage out by itself, until something gets through",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const append = appender()
      const { sinks } = yield* start([scripted])
      yield* append(10)
      yield* settle
      scripted.trouble = "the broker does not answer; start it"
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* accountOf(sinks), {
        state: "unavailable",
        lastError: "sink a: the broker does not answer; start it",
      })
      assert.deepStrictEqual(yield* sinks.unready, ["sink a: the broker does not answer; start it"])
      scripted.trouble = undefined
      yield* TestClock.adjust("5 seconds")
      assert.deepInclude(yield* accountOf(sinks), { state: "unavailable", delivered: 0 })
      yield* scripted.given[0]!.deliver()
      yield* settle
      assert.deepStrictEqual(yield* sinks.unready, [])
      assert.strictEqual(scripted.opens, 1)
      // With nothing to deliver, the sink's own word is all there is.
      scripted.trouble = "away"
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* sinks.unready).length, 1)
      scripted.trouble = undefined
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* sinks.unready, [])
    }),
  )

  test(
    "tries to open a sink for ever, from 1 second to 30, and is degraded meanwhile while its sibling goes on",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const sibling = scriptedSink("b")
      sibling.automatic = true
      scripted.automatic = true
      scripted.refuseToOpen = away("a")
      const append = appender()
      const { sinks } = yield* start([scripted, sibling])
      const actors = yield* Actors
      yield* append(5)
      yield* TestClock.adjust("3 seconds")
      yield* settle
      const early = scripted.opens
      assert.isAtLeast(early, 2)
      assert.isAtMost(early, 4)
      for (let minutes = 0; minutes < 10; minutes++) {
        yield* TestClock.adjust("1 minute")
        yield* settle
      }
      // Every 24 to 36 seconds.
      assert.isAtLeast(scripted.opens - early, 16)
      assert.isAtMost(scripted.opens - early, 30)
      const actor = Option.getOrThrow(yield* actors.get("sinks/a"))
      assert.strictEqual(actor.state, "degraded")
      assert.strictEqual(actor.restarts, 0)
      assert.include(actor.detail, "start it")
      assert.deepStrictEqual(sibling.delivered, range(0, 5))
      scripted.refuseToOpen = undefined
      yield* TestClock.adjust("1 minute")
      yield* settle
      assert.deepStrictEqual(scripted.delivered, range(0, 5))
      assert.strictEqual(Option.getOrThrow(yield* actors.get("sinks/a")).state, "running")
      yield* balanced(sinks)
    }),
  )

  it.effect("says once a minute that a sink fails, and what to do", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function* () {
      const scripted = scriptedSink("a")
      scripted.refuseToOpen = away("a")
      yield* start([scripted], { backoff: { first: "1 second", max: "1 second" } })
      for (let seconds = 0; seconds < 110; seconds++)
        yield* Effect.andThen(TestClock.adjust("1 second"), settle)
      const said = lines.filter((line) => line.includes("it is away; start it"))
      assert.strictEqual(said.length, 2)
    }).pipe(Effect.provide(Layer.mergeAll(services, Logger.layer([logger]))))
  })

  test(
    "starts again from the cursor after a bug in the sink, and loses nothing",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const append = appender()
      const { sinks } = yield* start([scripted])
      yield* append(20)
      yield* settle
      yield* scripted.given[0]!.deliver()
      yield* scripted.given[1]!.die
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      const actor = Option.getOrThrow(yield* (yield* Actors).get("sinks/a"))
      assert.strictEqual(actor.restarts, 1)
      assert.include(actor.lastError, "a bug in the sink")
      const again = scripted.given.filter(({ writer }) => writer === 2)
      assert.deepStrictEqual(
        again.flatMap(({ numbers }) => numbers),
        range(10, 10),
      )
      for (const each of again) yield* each.deliver()
      yield* settle
      assert.deepInclude(yield* accountOf(sinks), { delivered: 20, waiting: 0 })
    }),
  )

  test(
    "moves the cursor only by what is settled, where the sink settles later than it delivers",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      scripted.automatic = true
      const safe = yield* Deferred.make<number>()
      scripted.settled = (after) => (after === 0 ? Deferred.await(safe) : Effect.never)
      const append = appender()
      const { sinks } = yield* start([scripted])
      const journal = yield* Journal
      yield* append(30)
      yield* settle
      assert.deepInclude(yield* accountOf(sinks), { delivered: 30, waiting: 0 })
      assert.strictEqual((yield* journal.status).cursors[0]!.position, 0)
      yield* Deferred.succeed(safe, 20)
      yield* settle
      assert.strictEqual((yield* journal.status).cursors[0]!.position, 20)
    }),
  )

  test(
    "does not let a sink have more under way than it may",
    Effect.gen(function* () {
      const scripted = scriptedSink("a", { maxBatch: 1 })
      const append = appender()
      yield* start([scripted], { outstanding: { items: 3, bytes: 1_000_000 } })
      yield* append(50)
      yield* settle
      // Three wait in the mailbox, one is waited for, one is being offered.
      assert.strictEqual(scripted.given.length, 5)
    }),
  )

  test(
    "says that a sink has stalled when nothing is delivered for 30 seconds, until it is",
    Effect.gen(function* () {
      const scripted = scriptedSink("a")
      const append = appender()
      const { sinks } = yield* start([scripted])
      yield* append(10)
      yield* append(10)
      yield* settle
      yield* TestClock.adjust("61 seconds")
      yield* settle
      assert.include((yield* sinks.unready)[0], "no delivery has completed for 30 seconds")
      for (const each of scripted.given) yield* each.deliver()
      yield* settle
      assert.deepStrictEqual(yield* sinks.unready, [])
      assert.strictEqual(scripted.opens, 1)
    }),
  )
})
