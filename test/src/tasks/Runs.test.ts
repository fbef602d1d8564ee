import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { hour, minute, noon, second, specOf } from "../../support/tasks.ts"
import { fine, memoryStore, scriptedRunner, pass, settle, startTable } from "../../support/taskTable.ts"

const atNoon = <A, E>(body: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.andThen(TestClock.setTime(noon), body))

const once = { schedule: { kind: "once" as const }, frequency: "" }
const cron = (expression: string) => ({
  schedule: { kind: "cron" as const, expression },
  frequency: expression,
})
const interval = (text: string) => ({
  schedule: { kind: "interval" as const, interval: text },
  frequency: text,
})

const broken = { outcome: "failed" as const, records: 0, requests: 1, error: "HTTP 503 from binance" }

describe("the runs of tasks", () => {
  const spacing = (retry: unknown, failures: number) =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner((_, call) => Effect.succeed(call <= failures ? broken : fine))
        const tasks = yield* startTable(yield* memoryStore, runner)
        yield* tasks.create(specOf("a", { ...once, params: retry === undefined ? {} : { retry } }), "api")
        yield* pass(80 * second, 50)
        const waits = runner.began.slice(1).map(({ at }, index) => (at - runner.began[index]!.at) / second)
        return { waits, task: (yield* tasks.get("a"))! }
      }),
    )

  const within = (waits: ReadonlyArray<number>, expected: ReadonlyArray<number>) => {
    assert.lengthOf(waits, expected.length)
    waits.forEach((wait, index) => {
      assert.isAtLeast(wait, 0.79 * expected[index]!)
      assert.isAtMost(wait, 1.21 * expected[index]! + 0.06)
    })
  }

  it.effect("tries a failed run again by its task's policy, with jitter", () =>
    Effect.gen(function* () {
      const standard = yield* spacing(undefined, 99)
      within(standard.waits, [1, 2, 4, 8, 16, 30])
      assert.deepStrictEqual(
        [
          standard.task.state,
          standard.task.lastError,
          standard.task.nextRun,
          standard.task.statistics.failed,
        ],
        ["failed", "HTTP 503 from binance", undefined, 7],
      )
      within((yield* spacing("heartbeat", 99)).waits, [1, 2, 4, 8])
      within((yield* spacing("report", 99)).waits, [0.5, 1])
      within((yield* spacing({ max_retries: 3, first: 2, max: 5 }, 99)).waits, [2, 4, 5])
      within((yield* spacing({ delays: [7] }, 99)).waits, [7])
      within((yield* spacing("never", 99)).waits, [])
      const mended = yield* spacing("heartbeat", 2)
      within(mended.waits, [1, 2])
      assert.deepStrictEqual(
        [mended.task.state, mended.task.lastError, mended.task.statistics.succeeded],
        ["completed", undefined, 1],
      )
      // All six of them: one wait alone may be drawn twice.
      const other = yield* spacing(undefined, 99)
      assert.notDeepEqual(other.waits, standard.waits, "the waits of two tasks differ")
    }),
  )

  it.effect("tells state and error while it waits for the next try, and goes on by its schedule", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner((_, call) =>
          call <= 3 ? Effect.succeed(broken) : Effect.succeed(fine),
        )
        const tasks = yield* startTable(yield* memoryStore, runner)
        yield* tasks.create(specOf("a", { ...interval("1m"), params: { retry: "report" } }), "api")
        yield* settle
        const failed = (yield* tasks.get("a"))!
        assert.deepStrictEqual([failed.state, failed.lastError], ["failed", "HTTP 503 from binance"])
        assert.isBelow(failed.nextRun!, noon + second)
        yield* pass(30 * second)
        const givenUp = (yield* tasks.get("a"))!
        assert.deepStrictEqual([givenUp.state, givenUp.nextRun], ["failed", noon + minute])
        yield* pass(minute)
        const mended = (yield* tasks.get("a"))!
        assert.deepStrictEqual([mended.state, mended.lastError], ["pending", undefined])
      }),
    ),
  )

  it.effect(
    "tells why nothing comes while a run still tries, and does not try again what it has tried out",
    () =>
      atNoon(
        Effect.gen(function* () {
          const runner = scriptedRunner((run, call) =>
            call > 1
              ? Effect.succeed(fine)
              : run
                  .trouble("HTTP 503 from binance")
                  .pipe(Effect.andThen(Effect.sleep("10 seconds")), Effect.as({ ...broken, triedOut: true })),
          )
          const tasks = yield* startTable(yield* memoryStore, runner)
          yield* tasks.create(specOf("a", interval("5m")), "api")
          yield* pass(second)
          const trying = (yield* tasks.get("a"))!
          assert.deepStrictEqual([trying.state, trying.lastError], ["running", "HTTP 503 from binance"])
          yield* pass(4 * minute)
          const failed = (yield* tasks.get("a"))!
          assert.deepStrictEqual([failed.state, failed.lastError], ["failed", "HTTP 503 from binance"])
          assert.lengthOf(runner.began, 1)
          yield* pass(minute)
          assert.deepStrictEqual(
            runner.began.map(({ at }) => at),
            [0, 5 * minute],
          )
          assert.isUndefined((yield* tasks.get("a"))?.lastError)
        }),
      ),
  )

  it.effect("a run that throws has failed, and holds up no other", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner(({ task }) =>
          task.spec.id === "bad" ? Effect.die(new Error("no such symbol: null")) : Effect.succeed(fine),
        )
        const tasks = yield* startTable(yield* memoryStore, runner)
        yield* tasks.create(specOf("bad", { ...once, params: { retry: "never" } }), "api")
        yield* tasks.create(specOf("good", once), "api")
        yield* settle
        const bad = (yield* tasks.get("bad"))!
        assert.strictEqual(bad.state, "failed")
        assert.match(bad.lastError!, /the run broke off by a defect: no such symbol: null/)
        assert.strictEqual((yield* tasks.get("good"))?.state, "completed")
      }),
    ),
  )

  it.effect("a run that got only a part is partial, and tried again for the rest", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner((_, call) =>
          Effect.succeed(
            call === 1 ? { outcome: "partial", records: 3, requests: 1, error: "ETH-USDT: no answer" } : fine,
          ),
        )
        const tasks = yield* startTable(yield* memoryStore, runner)
        yield* tasks.create(specOf("a", once), "api")
        yield* settle
        const part = (yield* tasks.get("a"))!
        assert.deepStrictEqual([part.state, part.lastError], ["partial", "ETH-USDT: no answer"])
        yield* pass(2 * second)
        const whole = (yield* tasks.get("a"))!
        assert.deepStrictEqual([whole.state, whole.statistics.records], ["completed", 13])
      }),
    ),
  )

  it.effect("a stream that ends is begun again for ever, and takes no place from others", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner(({ task }) =>
          task.spec.schedule.kind === "stream" && task.spec.id === "breaks"
            ? Effect.succeed(broken)
            : task.spec.schedule.kind === "stream"
              ? Effect.never
              : Effect.succeed(fine),
        )
        const tasks = yield* startTable(yield* memoryStore, runner, { concurrency: 1, perSource: 1 })
        yield* tasks.create(specOf("s1", { schedule: { kind: "stream" } }), "api")
        yield* tasks.create(specOf("s2", { schedule: { kind: "stream" } }), "api")
        yield* tasks.create(
          specOf("breaks", { schedule: { kind: "stream" }, params: { retry: "report" } }),
          "api",
        )
        yield* tasks.create(specOf("once", once), "api")
        yield* pass(minute)
        assert.strictEqual((yield* tasks.get("once"))?.state, "completed")
        assert.strictEqual((yield* tasks.get("s2"))?.state, "running")
        assert.isAtLeast(runner.began.filter(({ id }) => id === "breaks").length, 40)
      }),
    ),
  )

  it.effect("runs a task now when someone asks, and answers when it has ended", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const runner = scriptedRunner(() => Effect.as(Effect.sleep("3 seconds"), fine))
        const tasks = yield* startTable(store, runner)
        yield* tasks.create(specOf("a", cron("0 0 * * *")), "api")
        const asked = yield* Effect.forkChild(
          Effect.all([tasks.run("a"), tasks.run("a")], { concurrency: 2 }),
        )
        yield* settle
        yield* pass(4 * second)
        const [first] = yield* Fiber.join(asked)
        assert.deepStrictEqual([first.state, first.lastRun], ["pending", noon])
        assert.deepStrictEqual(yield* store.get("a"), first)
        assert.lengthOf(runner.began, 1, "one run is enough for both who asked")
        yield* tasks.create(specOf("s", { schedule: { kind: "stream" } }), "api")
        const refused = yield* Effect.flip(tasks.run("s"))
        assert.match(refused.message, /is a stream/)
      }),
    ),
  )

  it.effect("a task that is deleted as it begins is gone, and the table goes on", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner()
        const tasks = yield* startTable(yield* memoryStore, runner, { concurrency: 1 })
        for (let round = 0; round < 20; round++) {
          yield* tasks.create(specOf("brief", once), "api")
          // Between its first step and its last there is a moment in which the run is known and has not begun.
          for (let step = 0; step < round; step++) yield* Effect.yieldNow
          yield* tasks.remove("brief")
        }
        yield* tasks.create(specOf("next", once), "api")
        yield* settle
        assert.strictEqual((yield* tasks.get("next"))?.state, "completed", "its place was given back")
      }),
    ),
  )

  it.effect(
    "where only events start work, runs what is due when asked, until it must end, and the rest next time",
    () =>
      atNoon(
        Effect.gen(function* () {
          const store = yield* memoryStore
          const runner = scriptedRunner(({ task }, call) =>
            Effect.as(Effect.sleep(task.spec.id === "long" && call < 4 ? "10 minutes" : "1 second"), fine),
          )
          const tasks = yield* startTable(store, runner, { timers: false })
          yield* tasks.create(specOf("a", interval("5m")), "api")
          yield* tasks.create(specOf("b", cron("30 12 * * *")), "api")
          yield* tasks.create(specOf("long", once), "api")
          yield* pass(10 * second)
          assert.lengthOf(runner.began, 0)
          const first = yield* Effect.forkChild(tasks.runDue(noon + minute))
          yield* settle
          yield* pass(minute)
          assert.deepStrictEqual(
            (yield* Fiber.join(first)).map(({ spec, state }) => `${spec.id} ${state}`).sort(),
            ["a pending", "long pending"],
          )
          assert.strictEqual(runner.running.size, 0)
          assert.strictEqual((yield* store.get("long"))?.state, "pending")
          yield* pass(10 * minute)
          assert.lengthOf(runner.began, 2)
          assert.deepStrictEqual(yield* tasks.runDue(noon + hour, "b"), [], "what is not due does not run")
          const later = yield* Effect.forkChild(tasks.runDue(noon + hour))
          yield* pass(11 * minute)
          assert.deepStrictEqual(
            (yield* Fiber.join(later)).map(({ spec, state }) => `${spec.id} ${state}`).sort(),
            ["a pending", "long completed"],
          )
        }),
      ),
  )

  it.effect("runs the one task that an event made, and leaves what else is due", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner(() => Effect.as(Effect.sleep("1 second"), fine))
        const tasks = yield* startTable(yield* memoryStore, runner, { timers: false })
        yield* tasks.create(specOf("a", once), "api")
        yield* tasks.create(specOf("b", once), "api")
        yield* tasks.create(specOf("s", { schedule: { kind: "stream" } }), "api")
        const ran = yield* Effect.forkChild(tasks.runDue(noon + minute, "b"))
        yield* pass(2 * second)
        assert.deepStrictEqual(
          (yield* Fiber.join(ran)).map(({ spec, state }) => [spec.id, state]),
          [["b", "completed"]],
        )
        assert.deepStrictEqual(yield* tasks.runDue(noon + minute, "s"), [], "a stream has no end to wait for")
        assert.strictEqual((yield* tasks.get("a"))?.state, "pending")
      }),
    ),
  )
})
