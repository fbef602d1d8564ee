import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type TaskStoreError } from "../../../services/TaskStore.ts"
import { TaskRefused } from "../../../services/Tasks.ts"
import type { TaskSpec } from "../../../src/domain/Task.ts"
import { checkpointOf, hour, minute, noon, second, specOf } from "../../support/tasks.ts"
import { fine, memoryStore, scriptedRunner, pass, settle, startTable } from "../../support/taskTable.ts"

const atNoon = <A, E>(body: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.andThen(TestClock.setTime(noon), body))

const once = { schedule: { kind: "once" as const }, frequency: "" }

const edited = (lists: ReadonlyArray<ReadonlyArray<TaskSpec>>) =>
  Stream.fromIterable(lists).pipe(Stream.mapEffect((list) => Effect.as(Effect.sleep("1 minute"), list)))

describe("the tasks of the configuration", () => {
  it.effect(
    "follow its edits: what is new begins, what is changed goes on, what is gone stops, the rest is left alone",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(noon)
        const runner = scriptedRunner(() => Effect.never)
        const [a, b, c] = ["a", "b", "c"].map((id) => specOf(id, {}))
        const changed = { ...b!, symbols: ["ETH-USDT"] }
        const tasks = yield* startTable(yield* memoryStore, runner, {
          file: [a!, b!],
          fileEdits: edited([[a!, changed, c!], [c!]]),
        })
        yield* tasks.create(specOf("mine", {}), "api")
        const shown = Effect.map(tasks.list(), (list) =>
          list
            .map(({ origin, revision, spec, state }) => `${spec.id} ${origin} ${revision} ${state}`)
            .toSorted(),
        )
        yield* settle
        assert.deepStrictEqual(yield* shown, ["a file 1 running", "b file 1 running", "mine api 1 running"])
        yield* pass(65_000)
        assert.deepStrictEqual(yield* shown, [
          "a file 1 running",
          "b file 2 running",
          "c file 1 running",
          "mine api 1 running",
        ])
        yield* pass(65_000)
        assert.deepStrictEqual(yield* shown, ["c file 1 running", "mine api 1 running"])
        assert.deepStrictEqual(runner.began.map(({ id }) => id).toSorted(), ["a", "b", "b", "c", "mine"])
        assert.strictEqual(runner.running.size, 2)
      }).pipe(Effect.scoped),
  )
})

describe("the task table", () => {
  it.effect("stores a new task and starts it; another of its name is refused", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const runner = scriptedRunner(() => Effect.never)
        const tasks = yield* startTable(store, runner)
        yield* pass(minute)
        const made = yield* tasks.create(specOf("a"), "api")
        assert.strictEqual(made.revision, 1)
        assert.deepStrictEqual(yield* store.get("a"), made)
        yield* settle
        assert.strictEqual((yield* tasks.get("a"))?.state, "running")
        assert.strictEqual((yield* store.get("a"))?.state, "running")
        const again = yield* Effect.flip(tasks.create(specOf("a"), "file"))
        assert.deepStrictEqual([again._tag, again.reason], ["TaskRefused", "exists"])
      }),
    ),
  )

  it.effect("refuses what can never be run, before anything is stored", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const nothing = () =>
          Effect.fail(new TaskRefused({ reason: "unsupported", taskId: "a", detail: "no venue binanse" }))
        const tasks = yield* startTable(store, scriptedRunner(undefined, nothing))
        const refusal = (change: Parameters<typeof specOf>[1]) =>
          Effect.map(Effect.flip(tasks.create(specOf("a", change), "api")), (error) => error.message)
        assert.match(yield* refusal({ window: { start: noon, end: noon } }), /is not after start_time/)
        assert.match(
          yield* refusal({ schedule: { kind: "interval", interval: "13M" } }),
          /"13M" is never due: expected a number and m, h, d, w or M/,
        )
        assert.match(
          yield* refusal({ schedule: { kind: "cron", expression: "99 * * * *" }, frequency: "99 * * * *" }),
          /^frequency: .*99/,
        )
        assert.match(
          yield* refusal({
            schedule: { kind: "cron", expression: "0 0 0 1 1 * 2020" },
            frequency: "0 0 0 1 1 * 2020",
          }),
          /never comes again/,
        )
        assert.match(yield* refusal({ params: { retry: "sometimes" } }), /^retry: expected "standard"/)
        assert.match(yield* refusal({ id: "" }), /needs an id/)
        assert.match(yield* refusal({}), /no venue binanse/)
        assert.deepStrictEqual(yield* store.list(), [])
        for (const ask of [
          tasks.remove("x"),
          tasks.stop("x"),
          tasks.start("x"),
          Effect.asVoid(tasks.versions("x")),
        ])
          assert.match(
            (yield* Effect.flip<unknown, TaskRefused | TaskStoreError, never>(ask)).message,
            /there is no task "x"/,
          )
      }),
    ),
  )

  it.effect("changes a running task from its checkpoint on, and touches no other", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const runner = scriptedRunner(({ saveCheckpoint, task }) =>
          Effect.andThen(Effect.orDie(saveCheckpoint(checkpointOf(task.spec.id))), Effect.never),
        )
        const tasks = yield* startTable(store, runner)
        yield* tasks.create(specOf("a"), "api")
        yield* tasks.create(specOf("b"), "api")
        yield* settle
        yield* tasks.update("a", { batchSize: 500, params: { x: 1 } })
        yield* settle
        assert.deepStrictEqual(
          runner.began.map(({ id, run }) => [id, run.task.revision, run.checkpoint?.taskId]),
          [
            ["a", 1, undefined],
            ["b", 1, undefined],
            ["a", 2, "a"],
          ],
        )
        assert.strictEqual(runner.began[2]?.run.task.spec.batchSize, 500)
        assert.strictEqual(runner.running.size, 2)
        yield* tasks.update("a", { params: { x: null } })
        assert.deepStrictEqual((yield* tasks.get("a"))?.spec.params, {})
        const unchanged = yield* tasks.update("a", { batchSize: 500 })
        assert.strictEqual(unchanged.revision, 3)
      }),
    ),
  )

  it.effect("goes back to an older revision as a new one", () =>
    atNoon(
      Effect.gen(function* () {
        const tasks = yield* startTable(yield* memoryStore, scriptedRunner())
        yield* tasks.create(specOf("a"), "api")
        yield* tasks.update("a", { batchSize: 7 })
        const back = yield* tasks.rollback("a", 1)
        assert.deepStrictEqual([back.revision, back.spec], [3, specOf("a")])
        assert.deepStrictEqual(
          (yield* tasks.versions("a")).map(({ revision, task }) => [revision, task.spec.batchSize]),
          [
            [3, 100],
            [2, 7],
            [1, 100],
          ],
        )
        const refused = yield* Effect.flip(tasks.rollback("a", 9))
        assert.match(refused.message, /has no revision 9; it has 3, 2, 1/)
      }),
    ),
  )

  it.effect("stops and removes a task: its run has ended, and it makes no other", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const runner = scriptedRunner(() => Effect.never)
        const tasks = yield* startTable(store, runner)
        yield* tasks.create(specOf("a"), "api")
        yield* tasks.create(specOf("b"), "api")
        yield* settle
        assert.strictEqual(runner.running.size, 2)
        assert.strictEqual((yield* tasks.stop("a")).state, "stopped")
        assert.strictEqual(runner.running.size, 1)
        yield* tasks.remove("b")
        assert.strictEqual(runner.running.size, 0)
        assert.deepStrictEqual(yield* store.get("b"), undefined)
        assert.deepStrictEqual(runner.forgotten, ["b"])
        yield* pass(hour)
        assert.lengthOf(runner.began, 2)
        const [left] = yield* tasks.list()
        assert.deepStrictEqual([left?.state, left?.nextRun], ["stopped", undefined])
        yield* tasks.start("a")
        yield* settle
        assert.strictEqual((yield* tasks.get("a"))?.state, "running")
      }),
    ),
  )

  it.effect("tells every change", () =>
    atNoon(
      Effect.gen(function* () {
        const tasks = yield* startTable(yield* memoryStore, scriptedRunner())
        const heard = yield* Effect.forkChild(
          Stream.runCollect(
            tasks.changes.pipe(
              Stream.map(({ kind, task }) => `${kind} ${task.spec.id} ${task.state}`),
              Stream.take(4),
            ),
          ),
        )
        yield* settle
        yield* tasks.create(specOf("a", once), "api")
        yield* settle
        yield* tasks.remove("a")
        assert.deepStrictEqual(Array.from(yield* Fiber.join(heard)), [
          "saved a pending",
          "saved a running",
          "saved a completed",
          "removed a completed",
        ])
      }),
    ),
  )

  it.effect("says how far a run is while it runs", () =>
    atNoon(
      Effect.gen(function* () {
        const tasks = yield* startTable(
          yield* memoryStore,
          scriptedRunner(({ progress }) =>
            progress({ records: 5, requests: 1 }).pipe(
              Effect.andThen(Effect.sleep("10 seconds")),
              Effect.andThen(progress({ records: 9, requests: 2 })),
              Effect.andThen(Effect.sleep("10 seconds")),
              Effect.as({ ...fine, records: 12, requests: 3 }),
            ),
          ),
        )
        yield* tasks.create(specOf("a", once), "api")
        yield* pass(11 * second)
        const during = (yield* tasks.get("a"))!.statistics
        assert.deepStrictEqual([during.runs, during.records, during.requests], [0, 9, 2])
        yield* pass(10 * second)
        assert.deepStrictEqual((yield* tasks.get("a"))!.statistics, {
          runs: 1,
          succeeded: 1,
          failed: 0,
          records: 12,
          requests: 3,
          runMillis: 20 * second,
        })
      }),
    ),
  )
})
