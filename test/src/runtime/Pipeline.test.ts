import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Actors } from "../../../src/runtime/Actors.ts"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"
import * as Pipeline from "../../../src/runtime/Pipeline.ts"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"

const self: Supervisor.Self = {
  path: "test/stage",
  ready: Effect.void,
  degraded: () => Effect.void,
  owns: () => Effect.void,
}

const mailbox = (name: string, items = 100) =>
  Mailbox.make<number>({ name, capacity: { items, bytes: 1_000 }, sizeOf: () => 8 })

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** A stage at the end of the line, that needs so long for a batch. */
const collector = (from: Mailbox.Mailbox<number>, millis: number) => {
  const arrived: Array<number> = []
  const stage = Pipeline.stage({
    name: from.name,
    from,
    handle: (batch) =>
      Effect.as(
        Effect.andThen(
          Effect.sleep(millis),
          Effect.sync(() => arrived.push(...batch)),
        ),
        [],
      ),
  })
  return { arrived, stage }
}

const doubling = (from: Mailbox.Mailbox<number>, to: Mailbox.Mailbox<number>) =>
  Pipeline.stage({ name: from.name, from, to, handle: (batch) => Effect.succeed(batch.map((n) => n * 2)) })

/** Until the clock has moved once, a sleep of an interrupted fiber ends at once under it. */
const begin = TestClock.adjust(0)

/** Lets everything run that can run without time. */
const settle = Effect.repeat(Effect.yieldNow, { times: 20 })

describe("interrupting a stage loses nothing", () => {
  it.effect("of a batch that waits to be handed on", () =>
    Effect.gen(function* () {
      yield* begin
      const from = yield* mailbox("from")
      const to = yield* mailbox("to", 1)
      for (const n of [1, 2, 3]) from.offerUnsafe(n)
      const stage = yield* fork(doubling(from, to)(self))
      yield* TestClock.adjust(10)
      assert.strictEqual(to.stats().waitingOffers, 1)
      const stopping = yield* fork(Fiber.interrupt(stage))
      const arrived: Array<number> = []
      for (let i = 0; i < 3; i++) arrived.push(yield* to.take)
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(arrived, [2, 4, 6])
    }),
  )

  it.effect("between taking a batch and having handled it", () =>
    Effect.gen(function* () {
      yield* begin
      const from = yield* mailbox("from")
      const { arrived, stage } = collector(from, 100)
      for (const n of [1, 2, 3]) from.offerUnsafe(n)
      const running = yield* fork(stage(self))
      yield* TestClock.adjust(50)
      assert.strictEqual(stage.inHand(), 3)
      const stopping = yield* fork(Fiber.interrupt(running))
      yield* TestClock.adjust(50)
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(arrived, [1, 2, 3])
      assert.strictEqual(stage.inHand(), 0)
    }),
  )

  it.effect("that waits in its mailbox, or waits to be let in, when its scope closes", () =>
    Effect.gen(function* () {
      yield* begin
      const from = yield* mailbox("from", 2)
      const { arrived, stage } = collector(from, 100)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.forkScoped(stage(self), { startImmediately: true })
          from.offerUnsafe(1)
          yield* TestClock.adjust(50)
          for (const n of [2, 3]) from.offerUnsafe(n)
          yield* fork(from.offer(4))
          // Time goes on while the scope waits for its fiber.
          yield* Effect.forkDetach(TestClock.adjust(1_000))
        }),
      )
      assert.deepStrictEqual(arrived, [1, 2, 3, 4])
      assert.isFalse(yield* from.offer(5))
    }),
  )

  it.effect("silently when the mailbox below has ended: the error says how much", () =>
    Effect.gen(function* () {
      const from = yield* mailbox("from")
      const to = yield* mailbox("to")
      for (const n of [1, 2, 3]) from.offerUnsafe(n)
      yield* to.end
      const exit = yield* Effect.exit(doubling(from, to)(self))
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(error, Pipeline.DownstreamEnded)
      assert.deepInclude({ ...error }, { stage: "from", mailbox: "to", refused: 3 })
    }),
  )

  it.effect("and one stopped in the middle leaves the mailbox below open for its successor", () =>
    Effect.gen(function* () {
      const from = yield* mailbox("from")
      const to = yield* mailbox("to")
      from.offerUnsafe(1)
      const running = yield* fork(doubling(from, to)(self))
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(yield* to.takeAll, [2])
      assert.isFalse(to.stats().ended)
    }),
  )

  it.effect(
    "under a supervisor that stops from the last to the first: all arrives at the end of the line",
    () =>
      Effect.gen(function* () {
        yield* begin
        const frames = yield* mailbox("frames", 4)
        const records = yield* mailbox("records", 4)
        const { arrived, stage } = collector(records, 10)
        const offered: Array<number> = []
        const source = (self: Supervisor.Self) =>
          Effect.gen(function* () {
            yield* self.ready
            for (let n = 0; ; n++) {
              yield* Effect.sleep(1)
              if (yield* frames.offer(n)) offered.push(n)
            }
          })
        const tree = yield* fork(
          Supervisor.root("top", (self) =>
            Supervisor.supervise(self, { strategy: "rest_for_one" }, [
              { id: "records", run: stage },
              { id: "frames", run: doubling(frames, records) },
              { id: "source", run: source },
            ]),
          ),
        )
        yield* TestClock.adjust(1_000)
        const stopping = yield* fork(Fiber.interrupt(tree))
        yield* TestClock.adjust(1_000)
        yield* Fiber.join(stopping)
        assert.isAbove(offered.length, 100)
        assert.deepStrictEqual(
          arrived,
          offered.map((n) => n * 2),
        )
      }).pipe(Effect.provide(Actors.layer)),
  )
})

describe("a pipeline", () => {
  it.effect("ends from the source down, each stage when the one above it has handed on all", () =>
    Effect.gen(function* () {
      yield* begin
      const from = yield* mailbox("from")
      const to = yield* mailbox("to", 2)
      const { arrived, stage } = collector(to, 10)
      const stages = [yield* fork(doubling(from, to)(self)), yield* fork(stage(self))]
      for (const n of [1, 2, 3, 4, 5]) from.offerUnsafe(n)
      yield* from.end
      yield* TestClock.adjust(100)
      for (const running of stages) assert.isTrue(Exit.isSuccess(yield* Fiber.await(running)))
      assert.deepStrictEqual(arrived, [2, 4, 6, 8, 10])
    }),
  )

  it.effect("with a second source leaves the mailbox below to it", () =>
    Effect.gen(function* () {
      const from = yield* mailbox("from")
      const to = yield* mailbox("to")
      from.offerUnsafe(1)
      yield* from.end
      yield* Pipeline.stage({
        name: "from",
        from,
        to,
        endsDownstream: false,
        handle: (batch) => Effect.succeed(batch),
      })(self)
      assert.strictEqual(to.offerUnsafe(2), "taken")
    }),
  )

  it.effect("fails with what its handler fails with, for its supervisor", () =>
    Effect.gen(function* () {
      const from = yield* mailbox("from")
      from.offerUnsafe(1)
      const exit = yield* Effect.exit(
        Pipeline.stage({ name: "from", from, handle: () => Effect.fail("bad") })(self),
      )
      assert.deepStrictEqual(exit, Exit.fail("bad"))
    }),
  )
})

describe("a drain", () => {
  const make = Effect.fnUntraced(function* (millis: number) {
    yield* begin
    const from = yield* mailbox("from", 10)
    const to = yield* mailbox("to", 2)
    const first = doubling(from, to)
    const { arrived, stage } = collector(to, millis)
    yield* fork(first(self))
    yield* fork(stage(self))
    for (const n of [1, 2, 3, 4, 5]) from.offerUnsafe(n)
    yield* settle
    return { arrived, stages: [first, stage] }
  })

  it.effect("is done when the last stage has handled all, and says how long it took", () =>
    Effect.gen(function* () {
      const { arrived, stages } = yield* make(10)
      const draining = yield* fork(Pipeline.drain({ stages, deadline: "10 seconds" }))
      yield* TestClock.adjust("10 seconds")
      const report = yield* Fiber.join(draining)
      assert.deepStrictEqual({ ...report, millis: 0 }, { drained: true, millis: 0, left: [] })
      assert.isAtLeast(report.millis, 20)
      assert.deepStrictEqual(arrived, [2, 4, 6, 8, 10])
    }),
  )

  it.effect("says at its deadline what is left, and where", () =>
    Effect.gen(function* () {
      const { arrived, stages } = yield* make(60_000)
      const draining = yield* fork(Pipeline.drain({ stages, deadline: "10 seconds" }))
      yield* TestClock.adjust("10 seconds")
      const report = yield* Fiber.join(draining)
      assert.isFalse(report.drained)
      assert.strictEqual(report.millis, 10_000)
      const left = report.left.map(({ stage, items, bytes, waitingOffers, inHand }) => ({
        stage,
        items,
        bytes,
        waitingOffers,
        inHand,
      }))
      assert.deepStrictEqual(left, [
        { stage: "from", items: 0, bytes: 0, waitingOffers: 0, inHand: 5 },
        { stage: "to", items: 2, bytes: 16, waitingOffers: 1, inHand: 2 },
      ])
      assert.deepStrictEqual(arrived, [])
      // What was left goes on.
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(arrived, [2, 4, 6, 8, 10])
    }),
  )
})
