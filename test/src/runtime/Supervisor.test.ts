import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"
import { child, crashAfter, fork, inTree, provide, stateOf, take, type Said } from "./supervised.ts"

describe("a supervisor", () => {
  it.effect("starts in order, each once the one before is ready or degraded", () =>
    Effect.gen(function* () {
      const log: Said = []
      yield* inTree((self) =>
        Supervisor.supervise(self, {}, [
          {
            id: "a",
            run: (self) =>
              Effect.sleep(100).pipe(
                Effect.andThen(Effect.sync(() => log.push("a ready"))),
                Effect.andThen(self.ready),
                Effect.andThen(Effect.never),
              ),
          },
          {
            id: "b",
            run: (self) => {
              log.push("+b")
              return Effect.sleep(100).pipe(
                Effect.andThen(self.degraded("no peer")),
                Effect.andThen(Effect.never),
              )
            },
          },
          child(log, "c"),
        ]),
      )
      yield* TestClock.adjust(50)
      assert.strictEqual(take(log), "")
      assert.strictEqual(yield* stateOf("top"), "starting")
      yield* TestClock.adjust(50)
      assert.strictEqual(take(log), "a ready +b")
      yield* TestClock.adjust(100)
      assert.strictEqual(take(log), "+c")
      assert.strictEqual(yield* stateOf("top/b"), "degraded")
      assert.strictEqual(yield* stateOf("top"), "running")
    }).pipe(provide),
  )

  it.effect("starts the next one without a child that says nothing for too long", () =>
    Effect.gen(function* () {
      const log: Said = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { startTimeout: 1_000 }, [
          { id: "silent", run: () => Effect.never },
          child(log, "b"),
        ]),
      )
      yield* TestClock.adjust(999)
      assert.strictEqual(take(log), "")
      yield* TestClock.adjust(1)
      assert.strictEqual(take(log), "+b")
      assert.strictEqual(yield* stateOf("top/silent"), "starting")
    }).pipe(provide),
  )

  it.effect("stops in reverse order when it is interrupted", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, {}, [
          child(log, "a"),
          child(log, "b", Effect.never, 100),
          child(log, "c", Effect.never, 100),
        ]),
      )
      take(log)
      const stopping = yield* fork(Fiber.interrupt(tree))
      yield* TestClock.adjust(100)
      assert.strictEqual(take(log), "-c")
      assert.strictEqual(yield* stateOf("top/b"), "stopping")
      yield* TestClock.adjust(100)
      assert.strictEqual(take(log), "-b -a")
      yield* Fiber.join(stopping)
      assert.strictEqual(yield* stateOf("top/a"), "stopped")
      assert.strictEqual(yield* stateOf("top"), "stopped")
    }).pipe(provide),
  )

  it.effect("rest_for_one restarts those after it, the last one stopped first", () =>
    Effect.gen(function* () {
      const log: Said = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { strategy: "rest_for_one", backoff: Schedule.spaced(10) }, [
          child(log, "a"),
          child(log, "b", crashAfter(100)),
          child(log, "c"),
          child(log, "d"),
        ]),
      )
      yield* TestClock.adjust(100)
      assert.strictEqual(take(log), "+a +b +c +d -b -d -c")
      yield* TestClock.adjust(10)
      assert.strictEqual(take(log), "+b +c +d")
    }).pipe(provide),
  )

  it.effect("one_for_all restarts all: transient ones that had finished too, temporary ones not", () =>
    Effect.gen(function* () {
      const log: Said = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { strategy: "one_for_all", backoff: Schedule.spaced(10) }, [
          child(log, "a"),
          child(log, "b", crashAfter(100)),
          { ...child(log, "done", Effect.void), restart: "transient" },
          { ...child(log, "once"), restart: "temporary" },
          { ...child(log, "bad", Effect.fail("bad")), restart: "temporary" },
        ]),
      )
      yield* TestClock.adjust(110)
      assert.strictEqual(take(log), "+a +b +done -done +once +bad -bad -b -once -a +a +b +done -done")
      assert.strictEqual(yield* stateOf("top/once"), "stopped")
      assert.strictEqual(yield* stateOf("top/bad"), "failed")
    }).pipe(provide),
  )

  it.effect("ends when every child is finished for good", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: Schedule.spaced(0) }, [
          { ...child(log, "a", Effect.sleep(50)), restart: "transient" },
          { ...child(log, "b", crashAfter(100)), restart: "temporary" },
        ]),
      )
      yield* TestClock.adjust(100)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(tree)))
      assert.strictEqual(take(log), "+a +b -a -b")
      assert.strictEqual(yield* stateOf("top/b"), "failed")
    }).pipe(provide),
  )

  it.effect("without any child it stays until it is interrupted", () =>
    Effect.gen(function* () {
      const tree = yield* inTree((self) => Supervisor.supervise(self, {}, []))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* stateOf("top"), "running")
      yield* Fiber.interrupt(tree)
    }).pipe(provide),
  )

  it.effect("gives its children the services of its own caller, and a scope each", () =>
    Effect.gen(function* () {
      class Name extends Context.Service<Name, { readonly name: string }>()("test/Name") {}
      class Age extends Context.Service<Age, { readonly age: number }>()("test/Age") {}
      const seen: Array<string | number> = []
      yield* Supervisor.root("top", (self) =>
        Supervisor.supervise(self, {}, [
          {
            id: "name",
            restart: "transient",
            run: () => Effect.map(Name, ({ name }) => seen.push(name)),
          },
          {
            id: "age",
            restart: "transient",
            run: () =>
              Effect.map(
                Effect.acquireRelease(Age, () => Effect.sync(() => seen.push("released"))),
                ({ age }) => seen.push(age),
              ),
          },
        ]),
      ).pipe(Effect.provideService(Name, { name: "ada" }), Effect.provideService(Age, { age: 36 }))
      assert.deepStrictEqual(seen, ["ada", 36, "released"])
    }).pipe(provide),
  )

  it.effect("refuses an empty, a split and a double id", () =>
    Effect.gen(function* () {
      for (const ids of [[""], ["a/b"], ["a", "a"]]) {
        const run = () => Effect.never
        const exit = yield* Effect.exit(
          Supervisor.root("top", (self) =>
            Supervisor.supervise(
              self,
              {},
              ids.map((id) => ({ id, run })),
            ),
          ),
        )
        assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof TypeError)
      }
    }).pipe(provide),
  )
})
