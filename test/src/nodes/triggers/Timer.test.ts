import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { Tasks } from "../../../../services/Tasks.ts"
import { parseCron } from "../../../../src/domain/cron/Cron.ts"
import { type TimeZone, utc } from "../../../../src/domain/cron/TimeZone.ts"
import type { TaskInstance } from "../../../../src/domain/TaskInstance.ts"
import { noResults } from "../../../../src/domain/PluginWire.ts"
import type { Draft } from "../../../../src/nodes/Dispatch.ts"
import { dueJobs, timer } from "../../../../src/nodes/triggers/Timer.ts"

const self = { path: "t", ready: Effect.void, degraded: () => Effect.void, owns: () => Effect.void }

const begin = Date.parse("2026-01-01T00:00:00Z")

/** A timer from midnight on; `busyMillis`: how long each call takes. */
const started = Effect.fnUntraced(function* (
  expression: string,
  options: {
    readonly busyMillis?: number
    readonly startAtOnce?: boolean
    readonly list?: ReadonlyArray<TaskInstance>
    readonly zone?: TimeZone
  } = {},
) {
  yield* TestClock.setTime(begin)
  const fired: Array<Draft> = []
  const { run } = timer(
    {
      name: "t",
      cron: Result.getOrThrow(parseCron(expression)),
      zone: options.zone ?? utc,
      startAtOnce: options.startAtOnce ?? false,
    },
    (draft) =>
      Effect.as(
        Effect.andThen(
          Effect.sync(() => fired.push(draft)),
          Effect.sleep(options.busyMillis ?? 0),
        ),
        noResults,
      ),
  )
  const tasks = { instances: Effect.succeed(options.list ?? []) } as Tasks["Service"]
  const fiber = yield* run(self).pipe(
    Effect.provideService(Tasks, tasks),
    Effect.forkChild({ startImmediately: true }),
  )
  // What is under way is let end: time has to pass.
  const stop = Effect.andThen(
    Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true }),
    TestClock.adjust("20 seconds"),
  )
  return {
    fired: () => fired.map(({ metadata }) => metadata["fire_time"]),
    all: fired,
    stop,
  }
})

const task = (task_params: unknown, invalid = 0): TaskInstance => ({
  id: 1,
  task_id: "t",
  rule_id: "",
  planned_exec_node: "",
  task_params: typeof task_params === "string" ? task_params : JSON.stringify(task_params),
  invalid,
})

describe("a timer", () => {
  it.effect("fires on time, not at the next minute or hour", () =>
    Effect.gen(function* () {
      const { all, fired, stop } = yield* started("30 5 * * * * *")
      yield* TestClock.adjust("5 minutes")
      assert.isEmpty(fired())
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(fired(), ["2026-01-01T00:05:30Z"])
      assert.deepStrictEqual(all[0]!.metadata, { fire_time: "2026-01-01T00:05:30Z", granularity: "minute" })
      yield* stop
    }),
  )

  it.effect("fires late rather than never, and once for all that it missed", () =>
    Effect.gen(function* () {
      const { fired, stop } = yield* started("* * * * * * *", { busyMillis: 3500 })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(fired(), ["2026-01-01T00:00:01Z"])
      yield* TestClock.adjust("3500 millis")
      assert.deepStrictEqual(fired(), ["2026-01-01T00:00:01Z", "2026-01-01T00:00:04Z"])
      yield* stop
    }),
  )

  it.effect("that was away for days does not go through every second of them", () =>
    Effect.gen(function* () {
      let looks = 0
      const zone: TimeZone = { name: "counted", offsetAt: () => (looks++, 0) }
      const days = 20
      const list = [task({ intervals: ["1m"] })]
      const { all, stop } = yield* started("* * * * * * *", { busyMillis: days * 86_400_000, zone, list })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(all.length, 1)
      looks = 0
      yield* TestClock.adjust(`${days} days`)
      const [, late] = all
      assert.deepStrictEqual(
        late!.jobs?.map(({ interval }) => interval),
        ["1m"],
      )
      assert.strictEqual(late!.metadata["fire_time"], "2026-01-21T00:00:01Z")
      assert.isBelow(looks, 100_000, "of 1,728,000 seconds")
      yield* stop
    }),
  )

  it.effect("at once too, where that is asked for", () =>
    Effect.gen(function* () {
      const { fired, stop } = yield* started("0 0 0 1 1 * 2030", { startAtOnce: true })
      assert.deepStrictEqual(fired(), ["2026-01-01T00:00:00Z"])
      yield* stop
    }),
  )

  it.effect("that never fires again rests", () =>
    Effect.gen(function* () {
      const { fired, stop } = yield* started("0 0 0 1 1 * 2020")
      yield* TestClock.adjust("1 day")
      assert.isEmpty(fired())
      yield* stop
    }),
  )

  it.effect("lets a call that is under way end when it is stopped", () =>
    Effect.gen(function* () {
      let ended = false
      yield* TestClock.setTime(begin)
      const { run } = timer(
        { name: "t", cron: Result.getOrThrow(parseCron("* * * * * * *")), zone: utc, startAtOnce: false },
        () =>
          Effect.as(
            Effect.tap(Effect.sleep("2 seconds"), () => Effect.sync(() => (ended = true))),
            noResults,
          ),
      )
      const tasks = { instances: Effect.succeed([]) } as never as Tasks["Service"]
      const fiber = yield* run(self).pipe(
        Effect.provideService(Tasks, tasks),
        Effect.forkChild({ startImmediately: true }),
      )
      yield* TestClock.adjust("1 second")
      const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(stopping)
      assert.isTrue(ended)
    }),
  )
})

describe("what is due at a firing", () => {
  const at = [Date.parse("2026-01-01T00:05:00Z")]

  it("is nothing to be skipped for while there are no tasks", () => {
    assert.deepStrictEqual(dueJobs([], at), [])
  })

  it("is each interval of each valid task that is due", () => {
    const some = task({ intervals: ["1m", "5m", "1h"] })
    const off = task({ intervals: ["1m"] }, 1)
    assert.deepStrictEqual(dueJobs([some, off], at), [
      { task: some, interval: "1m" },
      { task: some, interval: "5m" },
    ])
  })

  it("is a reason to skip when every task says when and none is due", () => {
    assert.isUndefined(dueJobs([task({ intervals: ["1h"] })], at))
    assert.isUndefined(dueJobs([task({ intervals: [] })], at))
    assert.isUndefined(dueJobs([task({}, 1)], at))
  })

  it("is no reason where a task does not say when", () => {
    assert.deepStrictEqual(dueJobs([task({ intervals: ["1h"] }), task({ symbol: "X" })], at), [])
    assert.deepStrictEqual(dueJobs([task("no json")], at), [])
  })

  it("counts what was due in the firings that were missed", () => {
    const some = task({ intervals: ["5m"] })
    const missed = ["00:05:00", "00:06:00", "00:07:00"].map((time) => Date.parse(`2026-01-01T${time}Z`))
    assert.deepStrictEqual(dueJobs([some], missed), [{ task: some, interval: "5m" }])
  })
})
