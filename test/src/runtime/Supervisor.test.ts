import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Option, Schedule, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { Actors } from "../../../src/runtime/Actors.ts"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"

type Log = Array<string>

/** Says what it does in `log`: `+id` when it starts, `-id` when it has ended. */
const worker =
  (log: Log, id: string, body: Effect.Effect<unknown, unknown, Scope.Scope> = Effect.never) =>
  (self: Supervisor.Self) =>
    Effect.gen(function* () {
      log.push(`+${id}`)
      yield* Effect.addFinalizer(() => Effect.sync(() => log.push(`-${id}`)))
      yield* self.ready
      return yield* body
    })

const crashAfter = (millis: number) => Effect.andThen(Effect.sleep(millis), Effect.die(new Error("crashed")))

/** Cannot be interrupted for so long. */
const stubborn = (millis: number) => Effect.never.pipe(Effect.onInterrupt(() => Effect.sleep(millis)))

const at = (millis: number) => Schedule.spaced(millis)

const fork = <E, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.forkChild(effect, { startImmediately: true })

/** The clock moves once before: until it has, a sleep in a finalizer of an interrupted fiber ends at once under it. */
const inTree = <E, R>(run: (self: Supervisor.Self) => Effect.Effect<unknown, E, R>) =>
  Effect.andThen(TestClock.adjust(0), fork(Supervisor.root("top", run)))

const take = (log: Log) => log.splice(0).join(" ")

const stateOf = (path: string) =>
  Effect.gen(function* () {
    const actors = yield* Actors
    return Option.map(yield* actors.get(path), (actor) => actor.state).pipe(Option.getOrElse(() => "absent"))
  })

const provide = Effect.provide(Actors.layer)

describe("a supervisor", () => {
  it.effect("starts in order, each once the one before is ready or degraded", () =>
    Effect.gen(function* () {
      const log: Log = []
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
          { id: "c", run: worker(log, "c") },
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
      const log: Log = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { startTimeout: 1_000 }, [
          { id: "silent", run: () => Effect.never },
          { id: "b", run: worker(log, "b") },
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
      const log: Log = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, {}, [
          { id: "a", run: worker(log, "a") },
          { id: "b", run: worker(log, "b", stubborn(100)) },
          { id: "c", run: worker(log, "c", stubborn(100)) },
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

  it.effect("one_for_one restarts what ended, and gives up at one restart too many", () =>
    Effect.gen(function* () {
      const log: Log = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { intensity: { max: 2, within: 10_000 }, backoff: at(0) }, [
          { id: "a", run: worker(log, "a") },
          { id: "b", run: worker(log, "b", crashAfter(100)) },
        ]),
      )
      yield* TestClock.adjust(1_000)
      assert.strictEqual(take(log), "+a +b -b +b -b +b -b -a")
      const exit = yield* Fiber.await(tree)
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(error, Supervisor.RestartsExceeded)
      assert.deepInclude({ ...error }, { supervisor: "top", child: "top/b", max: 2, withinMillis: 10_000 })
      assert.strictEqual(yield* stateOf("top/b"), "failed")
      assert.strictEqual(yield* stateOf("top"), "failed")
    }).pipe(provide),
  )

  it.effect("rest_for_one restarts those after it, the last one stopped first", () =>
    Effect.gen(function* () {
      const log: Log = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { strategy: "rest_for_one", backoff: at(10) }, [
          { id: "a", run: worker(log, "a") },
          { id: "b", run: worker(log, "b", crashAfter(100)) },
          { id: "c", run: worker(log, "c") },
          { id: "d", run: worker(log, "d") },
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
      const log: Log = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { strategy: "one_for_all", backoff: at(10) }, [
          { id: "a", run: worker(log, "a") },
          { id: "b", run: worker(log, "b", crashAfter(100)) },
          { id: "done", run: worker(log, "done", Effect.void), restart: "transient" },
          { id: "once", run: worker(log, "once"), restart: "temporary" },
          { id: "bad", run: worker(log, "bad", Effect.fail("bad")), restart: "temporary" },
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
      const log: Log = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: at(0) }, [
          { id: "a", restart: "transient", run: worker(log, "a", Effect.sleep(50)) },
          { id: "b", restart: "temporary", run: worker(log, "b", crashAfter(100)) },
        ]),
      )
      yield* TestClock.adjust(100)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(tree)))
      assert.strictEqual(take(log), "+a +b -a -b")
      assert.strictEqual(yield* stateOf("top/b"), "failed")
    }).pipe(provide),
  )

  it.effect("restarts a permanent child that ended normally, and a transient one only after a failure", () =>
    Effect.gen(function* () {
      const log: Log = []
      let runs = 0
      yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: at(1_000), intensity: { max: 100, within: 1 } }, [
          { id: "a", run: worker(log, "a", Effect.sleep(50)) },
          {
            id: "b",
            restart: "transient",
            run: worker(
              log,
              "b",
              Effect.suspend(() => (++runs === 1 ? Effect.fail("once") : Effect.void)),
            ),
          },
        ]),
      )
      yield* TestClock.adjust(1_050)
      assert.strictEqual(take(log), "+a +b -b -a +b -b +a")
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

  it.effect("a backoff of one child does not delay another's restart", () =>
    Effect.gen(function* () {
      const log: Log = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: at(1_000), intensity: { max: 100, within: 1 } }, [
          { id: "a", run: worker(log, "a", crashAfter(100)) },
          { id: "b", run: worker(log, "b", crashAfter(500)) },
        ]),
      )
      yield* TestClock.adjust(1_100)
      assert.strictEqual(take(log), "+a +b -a -b +a")
      yield* TestClock.adjust(400)
      assert.strictEqual(take(log), "-a +b")
    }).pipe(provide),
  )

  it.effect("a stop during a backoff works at once", () =>
    Effect.gen(function* () {
      const log: Log = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: at(60_000) }, [
          { id: "a", run: worker(log, "a", crashAfter(100)) },
        ]),
      )
      yield* TestClock.adjust(100)
      assert.strictEqual(yield* stateOf("top/a"), "restarting")
      yield* Fiber.interrupt(tree)
      assert.strictEqual(yield* stateOf("top/a"), "stopped")
    }).pipe(provide),
  )

  it.effect("the backoff grows while a child crashes soon, and begins anew after it ran for a while", () =>
    Effect.gen(function* () {
      const starts: Array<number> = []
      const lives = [0, 0, 0, 30_000, 0, 0]
      yield* inTree((self) =>
        Supervisor.supervise(
          self,
          {
            backoff: Schedule.exponential(100),
            intensity: { max: 100, within: 1 },
            backoffResetAfter: "30 seconds",
          },
          [
            {
              id: "a",
              run: () =>
                Effect.clockWith((clock) => {
                  starts.push(clock.currentTimeMillisUnsafe())
                  const life = lives[starts.length - 1]
                  return life === undefined ? Effect.never : crashAfter(life)
                }),
            },
          ],
        ),
      )
      yield* TestClock.adjust(100_000)
      const waits = starts.slice(1).map((start, i) => start - (starts[i] ?? 0) - (lives[i] ?? 0))
      assert.deepStrictEqual(waits, [100, 200, 400, 100, 200, 400])
    }).pipe(provide),
  )

  it.effect("its default backoff is jittered around 100 ms doubling to 30 s", () =>
    Effect.gen(function* () {
      const starts: Array<number> = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { intensity: { max: 100, within: "1 hour" } }, [
          {
            id: "a",
            run: () =>
              Effect.clockWith((clock) => {
                starts.push(clock.currentTimeMillisUnsafe())
                return starts.length > 12 ? Effect.never : Effect.die("crash")
              }),
          },
        ]),
      )
      yield* TestClock.adjust("10 minutes")
      for (let i = 1; i < starts.length; i++) {
        const middle = Math.min(100 * 2 ** (i - 1), 30_000)
        const wait = starts[i]! - starts[i - 1]!
        assert.isAtLeast(wait, middle * 0.8 - 1)
        assert.isAtMost(wait, middle * 1.2 + 1)
      }
      assert.strictEqual(starts.length, 13)
    }).pipe(provide),
  )

  it.effect("forgets restarts that are older than its period", () =>
    Effect.gen(function* () {
      const log: Log = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { intensity: { max: 1, within: 99 }, backoff: at(0) }, [
          { id: "a", run: worker(log, "a", crashAfter(100)) },
        ]),
      )
      yield* TestClock.adjust(1_000)
      assert.strictEqual(log.filter((line) => line === "+a").length, 11)
      yield* Fiber.interrupt(tree)
    }).pipe(provide),
  )

  it.effect("escalates: the parent restarts a supervisor that gave up, as any child", () =>
    Effect.gen(function* () {
      const log: Log = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: at(1_000) }, [
          { id: "first", run: worker(log, "first") },
          {
            id: "venue",
            run: (self) =>
              Supervisor.supervise(self, { intensity: { max: 1, within: 1_000 }, backoff: at(0) }, [
                { id: "a", run: worker(log, "a") },
                { id: "b", run: worker(log, "b", crashAfter(100)) },
              ]),
          },
        ]),
      )
      yield* TestClock.adjust(200)
      assert.strictEqual(take(log), "+first +a +b -b +b -b -a")
      assert.strictEqual(yield* stateOf("top/venue"), "restarting")
      yield* TestClock.adjust(1_000)
      assert.strictEqual(take(log), "+a +b")
      const actors = yield* Actors
      const venue = Option.getOrThrow(yield* actors.get("top/venue"))
      assert.deepInclude(venue, { kind: "supervisor", restarts: 1, state: "running" })
      assert.include(
        venue.lastError,
        "top/venue gave up: more than 1 restarts within 1000 ms, the last of top/venue/b: crashed",
      )
    }).pipe(provide),
  )

  it.effect("keeps a child that gave up failed, tries it again, and does not count it; siblings go on", () =>
    Effect.gen(function* () {
      const log: Log = []
      yield* inTree((self) =>
        Supervisor.supervise(
          self,
          { intensity: { max: 0, within: 1_000 }, keepFailed: { retryEvery: "1 minute" } },
          [
            {
              id: "venue",
              run: (self) =>
                Supervisor.supervise(self, { intensity: { max: 1, within: 1_000 }, backoff: at(0) }, [
                  { id: "a", run: worker(log, "a", Effect.die("bad")) },
                ]),
            },
            { id: "other", run: worker(log, "other") },
          ],
        ),
      )
      yield* TestClock.adjust(0)
      assert.strictEqual(take(log), "+a -a +a -a +other")
      assert.strictEqual(yield* stateOf("top/venue"), "failed")
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(take(log), "")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(take(log), "+a -a +a -a")
      assert.strictEqual(yield* stateOf("top"), "running")
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
