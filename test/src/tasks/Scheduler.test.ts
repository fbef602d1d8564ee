import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { timeZone } from "../../../src/domain/cron/TimeZone.ts"
import { day, hour, minute, noon, second, specOf, taskOf } from "../../support/tasks.ts"
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

describe("the scheduler", () => {
  it.effect("runs a task whose name has half a character in it: an older version may have kept one", () =>
    atNoon(
      Effect.gen(function* () {
        const half = `a${String.fromCharCode(0xd801)}`
        const store = yield* memoryStore
        yield* store.save([half, "b"].map((id) => taskOf(id, { nextRun: noon }, once)))
        const runner = scriptedRunner()
        yield* startTable(store, runner)
        yield* pass(10 * second)
        assert.deepStrictEqual(runner.began.map(({ id }) => id).sort(), [half, "b"].sort())
      }),
    ),
  )

  it.effect("runs an interval at once, then aligned to UTC, and says when the next run is", () =>
    atNoon(
      Effect.gen(function* () {
        yield* pass(90 * second)
        const runner = scriptedRunner()
        const tasks = yield* startTable(yield* memoryStore, runner)
        yield* tasks.create(specOf("a", interval("5m")), "api")
        yield* pass(14 * minute)
        assert.deepStrictEqual(
          runner.began.map(({ at }) => at),
          [90 * second, 5 * minute, 10 * minute, 15 * minute],
        )
        const task = (yield* tasks.get("a"))!
        assert.deepStrictEqual(
          [task.state, task.lastRun, task.nextRun],
          ["pending", noon + 15 * minute, noon + 20 * minute],
        )
        assert.deepStrictEqual(
          [
            task.statistics.runs,
            task.statistics.succeeded,
            task.statistics.records,
            task.statistics.requests,
          ],
          [4, 4, 40, 8],
        )
      }),
    ),
  )

  it.effect("runs a cron expression in the node's time zone", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner()
        const zone = timeZone("Asia/Shanghai")!
        const tasks = yield* startTable(yield* memoryStore, runner, { zone })
        // Half past eight in the evening there is half past twelve in UTC.
        yield* tasks.create(specOf("a", cron("0 30 20 * * * *")), "api")
        yield* pass(hour)
        assert.deepStrictEqual(
          runner.began.map(({ at }) => at),
          [30 * minute],
        )
        assert.strictEqual((yield* tasks.get("a"))?.nextRun, noon + day + 30 * minute)
      }),
    ),
  )

  it.effect("a run that outlasts its next times makes up for them once", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner((_, call) =>
          Effect.as(Effect.sleep(call === 1 ? 210 * second : 1), fine),
        )
        const tasks = yield* startTable(yield* memoryStore, runner)
        yield* tasks.create(specOf("a", cron("* * * * *")), "api")
        yield* pass(6 * minute)
        assert.deepStrictEqual(
          runner.began.map(({ at }) => at / minute),
          [1, 5, 6],
        )
      }),
    ),
  )

  it.effect("runs late rather than never where the clock has jumped over the time", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner()
        const tasks = yield* startTable(yield* memoryStore, runner)
        yield* tasks.create(specOf("a", cron("0 13 * * *")), "api")
        yield* settle
        yield* TestClock.setTime(noon + hour + 3 * second)
        yield* pass(2 * second)
        assert.lengthOf(runner.began, 1)
        assert.isAtLeast(runner.began[0]!.at, hour)
      }),
    ),
  )

  it.effect("runs what has an end until that, the last time for what is left, and is completed", () =>
    atNoon(
      Effect.gen(function* () {
        const runner = scriptedRunner()
        const tasks = yield* startTable(yield* memoryStore, runner)
        const window = { start: noon - day, end: noon + 12 * minute }
        yield* tasks.create(specOf("ends", { ...interval("5m"), window }), "api")
        yield* tasks.create(specOf("past", { ...cron("0 0 * * *"), window: { end: noon - 1 } }), "api")
        yield* tasks.create(
          specOf("stream", { schedule: { kind: "stream" }, window: { end: noon + minute } }),
          "api",
        )
        yield* tasks.create(specOf("future", { ...once, window: { start: noon + minute } }), "api")
        yield* pass(hour)
        const begun = (id: string) =>
          runner.began.filter((each) => each.id === id).map(({ at }) => at / minute)
        assert.deepStrictEqual(begun("ends"), [0, 5, 10, 12])
        assert.deepStrictEqual(begun("past"), [0])
        assert.deepStrictEqual(begun("future"), [1])
        for (const { spec, state, nextRun } of yield* tasks.list())
          assert.deepStrictEqual([spec.id, state, nextRun], [spec.id, "completed", undefined])
      }),
    ),
  )

  it.effect(
    "never runs more at once than it may, in all and of one source, and lets sources take turns",
    () =>
      atNoon(
        Effect.gen(function* () {
          const runner = scriptedRunner(() => Effect.as(Effect.sleep("1 second"), fine))
          const tasks = yield* startTable(yield* memoryStore, runner, { concurrency: 5, perSource: 3 })
          for (let index = 0; index < 20; index++)
            yield* tasks.create(specOf(`binance-${index}`, once), "api")
          for (let index = 0; index < 5; index++)
            yield* tasks.create(specOf(`okx-${index}`, { ...once, source: "okx" }), "api")
          yield* settle
          for (let look = 0; look < 12; look++) {
            const sources = [...runner.running].map(({ task }) => task.spec.source)
            assert.isAtMost(sources.length, 5)
            assert.isAtMost(sources.filter((source) => source === "binance").length, 3)
            yield* pass(second)
          }
          assert.strictEqual(runner.most(), 5)
          assert.lengthOf(runner.began, 25)
          const okx = runner.began.filter(({ run }) => run.task.spec.source === "okx")
          assert.isAtMost(
            okx.at(-1)!.at,
            3 * second,
            "a source with few tasks does not wait for one with many",
          )
        }),
      ),
  )
})
