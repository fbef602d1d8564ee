import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber, Option, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { Actors } from "../../../src/runtime/Actors.ts"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"
import { child, crashAfter, inTree, provide, stateOf, take, type Said } from "./supervised.ts"

describe("a supervisor that restarts", () => {
  it.effect("one_for_one restarts what ended, and gives up at one restart too many", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { intensity: { max: 2, within: 10_000 }, backoff: Schedule.spaced(0) }, [
          child(log, "a"),
          child(log, "b", crashAfter(100)),
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

  it.effect("restarts a permanent child that ended normally, and a transient one only after a failure", () =>
    Effect.gen(function* () {
      const log: Said = []
      let runs = 0
      yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: Schedule.spaced(1_000), intensity: { max: 100, within: 1 } }, [
          child(log, "a", Effect.sleep(50)),
          {
            ...child(
              log,
              "b",
              Effect.suspend(() => (++runs === 1 ? Effect.fail("once") : Effect.void)),
            ),
            restart: "transient",
          },
        ]),
      )
      yield* TestClock.adjust(1_050)
      assert.strictEqual(take(log), "+a +b -b -a +b -b +a")
    }).pipe(provide),
  )

  it.effect("a backoff of one child does not delay another's restart", () =>
    Effect.gen(function* () {
      const log: Said = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: Schedule.spaced(1_000), intensity: { max: 100, within: 1 } }, [
          child(log, "a", crashAfter(100)),
          child(log, "b", crashAfter(500)),
        ]),
      )
      yield* TestClock.adjust(1_100)
      assert.strictEqual(take(log), "+a +b -a -b +a")
      yield* TestClock.adjust(400)
      assert.strictEqual(take(log), "-a +b")
    }).pipe(provide),
  )

  it.effect("a wait is as long as it is, also when someone sets the time back", () =>
    Effect.gen(function* () {
      const log: Said = []
      const clock = yield* Clock.Clock
      let setBack = 0
      const skewed: Clock.Clock = {
        ...clock,
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() - setBack,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now - setBack),
      }
      yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: Schedule.spaced(1_000) }, [child(log, "a", crashAfter(100))]),
      ).pipe(Effect.provideService(Clock.Clock, skewed))
      yield* TestClock.adjust(100)
      setBack = 3_600_000
      yield* TestClock.adjust(1_000)
      assert.strictEqual(take(log), "+a -a +a")
    }).pipe(provide),
  )

  it.effect("a stop during a backoff works at once", () =>
    Effect.gen(function* () {
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: Schedule.spaced(60_000) }, [child(log, "a", crashAfter(100))]),
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
      const log: Said = []
      const tree = yield* inTree((self) =>
        Supervisor.supervise(self, { intensity: { max: 1, within: 99 }, backoff: Schedule.spaced(0) }, [
          child(log, "a", crashAfter(100)),
        ]),
      )
      yield* TestClock.adjust(1_000)
      assert.strictEqual(log.filter((line) => line === "+a").length, 11)
      yield* Fiber.interrupt(tree)
    }).pipe(provide),
  )

  it.effect("escalates: the parent restarts a supervisor that gave up, as any child", () =>
    Effect.gen(function* () {
      const log: Said = []
      yield* inTree((self) =>
        Supervisor.supervise(self, { backoff: Schedule.spaced(1_000) }, [
          child(log, "first"),
          {
            id: "venue",
            run: (self) =>
              Supervisor.supervise(
                self,
                { intensity: { max: 1, within: 1_000 }, backoff: Schedule.spaced(0) },
                [child(log, "a"), child(log, "b", crashAfter(100))],
              ),
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
      const log: Said = []
      yield* inTree((self) =>
        Supervisor.supervise(
          self,
          { intensity: { max: 0, within: 1_000 }, keepFailed: { retryEvery: "1 minute" } },
          [
            {
              id: "venue",
              run: (self) =>
                Supervisor.supervise(
                  self,
                  { intensity: { max: 1, within: 1_000 }, backoff: Schedule.spaced(0) },
                  [child(log, "a", Effect.die("bad"))],
                ),
            },
            child(log, "other"),
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
})
