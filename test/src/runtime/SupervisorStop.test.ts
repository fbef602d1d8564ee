import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"
import { child, crashOnceAfter, fork, inTree, provide, type Said, snapshot, take } from "./supervised.ts"

const errorOf = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined

const backoff = Schedule.spaced(0)

describe("a child past its stop deadline", () => {
  it.effect(
    "is reported and stays stopping; those before it are stopped; the supervisor ends once it has",
    () =>
      Effect.gen(function* () {
        const log: Said = []
        const tree = yield* inTree((self) =>
          Supervisor.supervise(self, {}, [
            child(log, "a"),
            { ...child(log, "slow", Effect.never, 2_500), shutdown: 1_000 },
            child(log, "c"),
          ]),
        )
        take(log)
        yield* fork(Fiber.interrupt(tree))
        yield* TestClock.adjust(999)
        assert.strictEqual(take(log), "-c")
        yield* TestClock.adjust(1)
        assert.strictEqual(take(log), "-a")
        const slow = yield* snapshot("top/slow")
        assert.strictEqual(slow.state, "stopping")
        assert.include(slow.lastError, "has not ended 1000 ms after it was asked to stop")
        assert.isUndefined(tree.pollUnsafe())
        yield* TestClock.adjust(1_500)
        assert.strictEqual(take(log), "-slow")
        assert.strictEqual((yield* snapshot("top/slow")).state, "stopped")
        assert.isDefined(tree.pollUnsafe())
      }).pipe(provide),
  )

  it.effect("is replaced only once it has ended", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { strategy: "rest_for_one", backoff }, [
          child(log, "a", crashOnceAfter(100)),
          { ...child(log, "slow", Effect.never, 2_500), shutdown: 1_000 },
        ]),
      )
      yield* TestClock.adjust(2_599)
      assert.strictEqual(take(log), "+a +slow -a")
      yield* TestClock.adjust(1)
      assert.strictEqual(take(log), "-slow +a +slow")
      yield* fork(Fiber.interrupt(tree))
      yield* TestClock.adjust(2_500)
    }).pipe(provide),
  )

  it.effect(
    "and past the longer one makes the supervisor give up with ChildStuck, its siblings stopped",
    () =>
      Effect.gen(function* () {
        const log: Said = []
        const tree = yield* inTree((self) =>
          Supervisor.supervise(self, { strategy: "rest_for_one", backoff }, [
            child(log, "first"),
            child(log, "a", crashOnceAfter(100)),
            { ...child(log, "stuck", Effect.never, 1_000_000), shutdown: 1_000, stuckAfter: 4_000 },
          ]),
        )
        yield* TestClock.adjust(4_099)
        assert.strictEqual(take(log), "+first +a +stuck -a")
        yield* TestClock.adjust(1)
        assert.strictEqual(take(log), "-first")
        const error = errorOf(yield* Fiber.await(tree))
        assert.instanceOf(error, Supervisor.ChildStuck)
        assert.deepInclude({ ...error }, { supervisor: "top", child: "top/stuck", waitedMillis: 4_000 })
        assert.strictEqual((yield* snapshot("top/stuck")).state, "stopping")
      }).pipe(provide),
  )

  it.effect("is never replaced from above either: every supervisor up to the top gives up", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { strategy: "rest_for_one", backoff, keepFailed: { retryEvery: 1 } }, [
          child(log, "first"),
          child(log, "a", crashOnceAfter(100)),
          {
            id: "venue",
            run: (self) =>
              Supervisor.supervise(self, { backoff }, [
                child(log, "b"),
                { ...child(log, "stuck", Effect.never, 1_000_000), shutdown: 1_000 },
              ]),
          },
        ]),
      )
      yield* TestClock.adjust(3_100)
      assert.strictEqual(take(log), "+first +a +b +stuck -a -b -first")
      const error = errorOf(yield* Fiber.await(tree))
      assert.instanceOf(error, Supervisor.ChildStuck)
      assert.deepInclude({ ...error }, { child: "top/venue/stuck" })
    }).pipe(provide),
  )

  it.effect("of a tree that is interrupted does not keep it for ever", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, {}, [
          child(log, "a"),
          { ...child(log, "stuck", Effect.never, 1_000_000), shutdown: 1_000 },
        ]),
      )
      yield* fork(Fiber.interrupt(tree))
      yield* TestClock.adjust(3_000)
      assert.strictEqual(take(log), "+a +stuck -a")
      const exit = yield* Fiber.await(tree)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause))
      assert.strictEqual((yield* snapshot("top/stuck")).state, "stopping")
    }).pipe(provide),
  )
})

describe("a stop", () => {
  it.effect("of a supervisor has no limit but its children's", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, {}, [
          child(log, "a"),
          {
            id: "venue",
            run: (self) =>
              Supervisor.supervise(self, {}, [
                child(log, "b", Effect.never, 4_000),
                child(log, "c", Effect.never, 4_000),
                child(log, "d", Effect.never, 4_000),
              ]),
          },
        ]),
      )
      take(log)
      yield* fork(Fiber.interrupt(tree))
      yield* TestClock.adjust(11_999)
      assert.strictEqual(take(log), "-d -c")
      yield* TestClock.adjust(1)
      assert.strictEqual(take(log), "-b -a")
    }).pipe(provide),
  )

  it.effect("tells of a failure on the way out, which is no crash", () =>
    Effect.gen(function* () {
      const log: Said = []
      yield* inTree((self) =>
        Supervisor.supervise(
          self,
          { strategy: "rest_for_one", intensity: { max: 1, within: 1_000 }, backoff },
          [
            child(log, "a", crashOnceAfter(100)),
            {
              id: "bad",
              run: (self) =>
                Effect.andThen(self.ready, Effect.never).pipe(Effect.ensuring(Effect.die("bad end"))),
            },
          ],
        ),
      )
      yield* TestClock.adjust(100)
      assert.deepInclude(yield* snapshot("top/bad"), { state: "running", restarts: 1, lastError: "bad end" })
    }).pipe(provide),
  )

  it.effect("during the start of the children stops those that were started", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, {}, [
          child(log, "a"),
          {
            id: "silent",
            run: () =>
              Effect.ensuring(
                Effect.never,
                Effect.sync(() => log.push("-silent")),
              ),
          },
          child(log, "c"),
        ]),
      )
      yield* Fiber.interrupt(tree)
      assert.strictEqual(take(log), "+a -silent -a")
    }).pipe(provide),
  )
})
