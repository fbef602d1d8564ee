import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option, Schedule, Scope } from "effect"
import { TestClock } from "effect/testing"
import { Actors } from "../../../src/runtime/Actors.ts"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"
import { child, crashAfter, fork, provide, type Said, take } from "./supervised.ts"

const make = Effect.fnUntraced(function* (options: Parameters<typeof Supervisor.makeDynamic>[1] = {}) {
  yield* TestClock.adjust(0)
  const actors = yield* Actors
  const self = yield* (yield* actors.register("top", "worker")).begin(() => {})
  const scope = yield* Scope.make()
  const supervisor = yield* Supervisor.makeDynamic<never>(self, {
    backoff: Schedule.spaced(1_000),
    ...options,
  }).pipe(Scope.provide(scope))
  return { supervisor, close: Scope.close(scope, Exit.void) }
})

const paths = Effect.flatMap(Actors, (actors) =>
  Effect.map(actors.list, (all) => all.map((actor) => `${actor.path} ${actor.state}`)),
)

describe("a dynamic supervisor", () => {
  it.effect("starts a child once, and forgets it with its stop", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make()
      assert.strictEqual(yield* supervisor.start(child(log, "a")), "started")
      assert.strictEqual(yield* supervisor.start(child(log, "a")), "already")
      assert.deepStrictEqual(yield* paths, ["top starting", "top/a running"])
      assert.isTrue(supervisor.has("a"))
      assert.isTrue(yield* supervisor.stop("a"))
      assert.isFalse(supervisor.has("a"))
      assert.isFalse(yield* supervisor.stop("a"))
      assert.deepStrictEqual(yield* paths, ["top starting"])
      assert.strictEqual(take(log), "+a -a")
    }).pipe(provide),
  )

  it.effect("does not make children wait for each other", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make()
      yield* supervisor.start({ id: "silent", run: () => Effect.never })
      yield* supervisor.start(child(log, "b"))
      assert.strictEqual(take(log), "+b")
    }).pipe(provide),
  )

  it.effect("restarts what crashed, alone", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make({ intensity: { max: 1, within: 1 } })
      yield* supervisor.start(child(log, "a"))
      yield* supervisor.start(child(log, "b", crashAfter(100)))
      yield* TestClock.adjust(1_100)
      assert.strictEqual(take(log), "+a +b -b +b")
    }).pipe(provide),
  )

  it.effect("forgets what is finished for good", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make()
      yield* supervisor.start({ ...child(log, "done", Effect.sleep(100)), restart: "transient" })
      yield* supervisor.start({
        ...child(log, "bad", crashAfter(100)),
        restart: "temporary",
      })
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(supervisor.ids(), [])
      assert.deepStrictEqual(yield* paths, ["top starting"])
    }).pipe(provide),
  )

  it.effect("stops a child at once that waits to be restarted", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make()
      yield* supervisor.start(child(log, "a", Effect.die("crash")))
      assert.isTrue(yield* supervisor.stop("a"))
      yield* TestClock.adjust(10_000)
      assert.strictEqual(take(log), "+a -a")
    }).pipe(provide),
  )

  it.effect("answers a start that a stop has overtaken, and whoever asked goes on", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { close, supervisor } = yield* make()
      const both = yield* Effect.all([supervisor.start(child(log, "a")), supervisor.stop("a")], {
        concurrency: 2,
      })
      assert.deepStrictEqual(both, ["overtaken", true])
      assert.strictEqual(take(log), "")
      yield* close
      assert.isTrue(
        Exit.isFailure(yield* Effect.exit(supervisor.start(child(log, "b")))),
        "no child will start here any more",
      )
    }).pipe(provide),
  )

  it.effect(
    "restarts on request: what runs is stopped first, what waits starts now, what is not there stays so",
    () =>
      Effect.gen(function* () {
        const log: Said = []
        const { supervisor } = yield* make()
        let runs = 0
        yield* supervisor.start(
          child(
            log,
            "a",
            Effect.suspend(() => (++runs === 1 ? Effect.die("crash") : Effect.never)),
          ),
        )
        assert.isTrue(yield* supervisor.restart("a"))
        assert.strictEqual(take(log), "+a -a +a")
        assert.isTrue(yield* supervisor.restart("a"))
        assert.strictEqual(take(log), "-a +a")
        assert.isFalse(yield* supervisor.restart("b"))
      }).pipe(provide),
  )

  it.effect("answers a stop past its deadline, and starts a successor only once the child has ended", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make()
      yield* supervisor.start({ ...child(log, "a", Effect.never, 2_000), shutdown: 1_000 })
      const stopping = yield* fork(supervisor.stop("a"))
      yield* TestClock.adjust(1_000)
      assert.isFalse(yield* Fiber.join(stopping))
      assert.isTrue(supervisor.has("a"))
      const starting = yield* fork(supervisor.start(child(log, "a")))
      yield* TestClock.adjust(999)
      assert.strictEqual(take(log), "+a")
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* Fiber.join(starting), "started")
      assert.strictEqual(take(log), "-a +a")
      assert.isTrue(yield* supervisor.stop("a"))
    }).pipe(provide),
  )

  it.effect("stops several at the same time", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make()
      for (const id of ["a", "b"]) yield* supervisor.start(child(log, id, Effect.never, 1_000))
      const stopping = yield* fork(
        Effect.all([supervisor.stop("a"), supervisor.stop("b")], { concurrency: 2 }),
      )
      yield* TestClock.adjust(1_000)
      assert.deepStrictEqual(yield* Fiber.join(stopping), [true, true])
    }).pipe(provide),
  )

  it.effect("stops all in reverse order when its scope closes, and refuses what comes after", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor, close } = yield* make()
      for (const id of ["a", "b", "c"]) yield* supervisor.start(child(log, id))
      yield* close
      assert.strictEqual(take(log), "+a +b +c -c -b -a")
      const exit = yield* Effect.exit(supervisor.start(child(log, "d")))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.isFalse(yield* supervisor.stop("a"))
    }).pipe(provide),
  )

  it.effect("gives up by `await` when restarts exceed, its children stopped", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make({ intensity: { max: 0, within: 1_000 } })
      yield* supervisor.start(child(log, "a"))
      yield* supervisor.start(child(log, "b", crashAfter(100)))
      yield* TestClock.adjust(100)
      const error = yield* Effect.flip(supervisor.await)
      assert.strictEqual(error._tag, "RestartsExceeded")
      assert.strictEqual(take(log), "+a +b -b -a")
    }).pipe(provide),
  )

  it.effect("keeps what gave up, failed, and tries it again", () =>
    Effect.gen(function* () {
      const log: Said = []
      const actors = yield* Actors
      const { supervisor } = yield* make({
        intensity: { max: 0, within: 1_000 },
        keepFailed: { retryEvery: "1 minute" },
      })
      yield* supervisor.start({
        id: "venue",
        run: (self) =>
          Supervisor.supervise(self, { intensity: { max: 0, within: 1 } }, [
            child(log, "a", Effect.die("crash")),
          ]).pipe(Effect.provideService(Actors, actors)),
      })
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(yield* paths, ["top starting", "top/venue failed", "top/venue/a failed"])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(take(log), "+a -a +a -a")
      assert.isTrue(yield* supervisor.restart("venue"))
      yield* TestClock.adjust(0)
      assert.strictEqual(take(log), "+a -a")
      assert.isTrue(yield* supervisor.stop("venue"))
      assert.deepStrictEqual(yield* paths, ["top starting"])
      assert.isTrue(Option.isNone(yield* actors.get("top/venue/a")))
    }).pipe(provide),
  )

  it.effect("refuses a wrong id to who asks, and goes on", () =>
    Effect.gen(function* () {
      const log: Said = []
      const { supervisor } = yield* make()
      const exit = yield* Effect.exit(supervisor.start(child(log, "a/b")))
      assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof TypeError)
      assert.strictEqual(yield* supervisor.start(child(log, "a")), "started")
    }).pipe(provide),
  )
})
