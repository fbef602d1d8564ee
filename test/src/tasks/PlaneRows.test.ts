import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { tasksDigest } from "../../../src/domain/TasksDigest.ts"
import type { TaskInstance } from "../../../src/domain/TaskInstance.ts"
import { noon, specOf } from "../../support/tasks.ts"
import { memoryStore, scriptedRunner, settle, startTable } from "../../support/taskTable.ts"

const atNoon = <A, E>(body: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.andThen(TestClock.setTime(noon), body))

const instanceOf = (id: number, change: Partial<TaskInstance> = {}): TaskInstance => ({
  id,
  task_id: `task-00${id}`,
  rule_id: "rule-7",
  planned_exec_node: "node-abc",
  task_params: `{"symbol":"BTCUSDT","data_type":"kline","source":"binance","intervals":["1m"]}`,
  invalid: 0,
  ...change,
})

describe("the control plane's list in the task table", () => {
  it.effect("becomes the plane's rows, exactly; those of other doors stay", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const runner = scriptedRunner()
        const tasks = yield* startTable(store, runner)
        yield* tasks.create(specOf("mine", { schedule: { kind: "once" } }), "api")
        yield* settle
        const list = [
          instanceOf(2),
          instanceOf(1, { invalid: 1, extra: { a: 1 } }),
          instanceOf(3, { task_params: "no JSON" }),
        ]
        yield* tasks.replacePlane(list)
        assert.deepStrictEqual(yield* tasks.instances, list)
        assert.deepStrictEqual(
          (yield* store.list()).map(({ origin, spec, state }) => `${spec.id} ${origin} ${state}`),
          [
            "mine api completed",
            "task-001 plane stopped",
            "task-002 plane pending",
            "task-003 plane pending",
          ],
        )
        assert.deepStrictEqual(
          (yield* tasks.list({ text: "btcusdt" })).map(({ spec }) => [spec.id, spec.source, spec.projectId]),
          [
            ["task-001", "binance", "rule-7"],
            ["task-002", "binance", "rule-7"],
          ],
        )
        yield* tasks.replacePlane([instanceOf(2, { task_params: "{}" })])
        const [, changed] = yield* tasks.list()
        assert.deepStrictEqual(
          [changed?.spec.id, changed?.revision, changed?.spec.symbols],
          ["task-002", 2, []],
        )
        assert.deepStrictEqual(
          (yield* tasks.versions("task-002")).map(({ revision }) => revision),
          [2, 1],
        )
        yield* tasks.replacePlane([])
        assert.deepStrictEqual(
          (yield* tasks.list()).map(({ spec }) => spec.id),
          ["mine"],
        )
        assert.deepStrictEqual(
          runner.began.map(({ id }) => id),
          ["mine"],
          "plugins run them, not the scheduler",
        )
      }),
    ),
  )

  it.effect("writes nothing where nothing has changed", () =>
    atNoon(
      Effect.gen(function* () {
        const memory = yield* memoryStore
        let saves = 0
        const store: typeof memory = {
          ...memory,
          save: (rows) =>
            Effect.andThen(
              Effect.sync(() => saves++),
              memory.save(rows),
            ),
        }
        const tasks = yield* startTable(store, scriptedRunner())
        const list = [instanceOf(1), instanceOf(2)]
        assert.isTrue(yield* tasks.replacePlane(list))
        yield* settle
        const before = saves
        assert.isFalse(yield* tasks.replacePlane(list.map((each) => ({ ...each }))))
        yield* settle
        assert.strictEqual(saves, before)
      }),
    ),
  )

  it.effect("keeps a name that another door has for both; of one that it has twice, the last counts", () =>
    atNoon(
      Effect.gen(function* () {
        const tasks = yield* startTable(yield* memoryStore, scriptedRunner())
        yield* tasks.create(specOf("task-001"), "api")
        const list = [instanceOf(1), instanceOf(1, { id: 5 }), instanceOf(2), instanceOf(3, { task_id: "" })]
        yield* tasks.replacePlane(list)
        yield* tasks.replacePlane(list)
        assert.deepStrictEqual(yield* tasks.instances, [list[1]!, list[2]!])
        assert.strictEqual(tasksDigest(yield* tasks.instances), tasksDigest([list[1]!, list[2]!]))
        assert.deepStrictEqual(
          (yield* tasks.list()).map(({ origin, spec }) => `${spec.id} ${origin}`),
          ["task-001 api", "task-001#2 plane", "task-002 plane"],
        )
      }),
    ),
  )

  it.effect("is there again after a restart, as it was given", () =>
    atNoon(
      Effect.gen(function* () {
        const store = yield* memoryStore
        const list = [instanceOf(1, { extra: { deep: [1, { x: "\u4efb" }] } }), instanceOf(2, { invalid: 2 })]
        yield* Effect.scoped(
          Effect.flatMap(startTable(store, scriptedRunner()), (tasks) => tasks.replacePlane(list)),
        )
        const tasks = yield* startTable(store, scriptedRunner())
        yield* settle
        assert.deepStrictEqual(yield* tasks.instances, list)
      }),
    ),
  )

  it.effect("takes a plugin's word on its tasks, and nobody else's changes", () =>
    atNoon(
      Effect.gen(function* () {
        const tasks = yield* startTable(yield* memoryStore, scriptedRunner())
        yield* tasks.replacePlane([instanceOf(1), instanceOf(2)])
        yield* tasks.report("task-001", 2, "")
        yield* tasks.report("task-002", 4, "HTTP 418")
        yield* tasks.report("unheard-of", 2, "")
        const shown = Effect.map(tasks.list(), (list) =>
          list.map(({ lastError, lastRun, state, statistics }) => [
            state,
            lastError,
            lastRun,
            statistics.runs,
          ]),
        )
        assert.deepStrictEqual(yield* shown, [
          ["completed", undefined, noon, 1],
          ["failed", "HTTP 418", noon, 1],
        ])
        yield* tasks.report("task-001", 4, "late")
        yield* tasks.report("task-002", 2, "")
        yield* tasks.report("task-002", 2, "")
        assert.deepStrictEqual(yield* shown, [
          ["failed", "late", noon, 2],
          ["completed", undefined, noon, 3],
        ])
        yield* tasks.report("task-002", 99, "")
        assert.match((yield* tasks.get("task-002"))!.lastError!, /unknown status 99/)
        // What was taken back stays so, whatever a plugin that is given it all the same has made of it.
        yield* tasks.replacePlane([instanceOf(1, { invalid: 1 }), instanceOf(3)])
        yield* tasks.report("task-001", 2, "")
        yield* tasks.report("task-003", 2, "")
        assert.deepStrictEqual(yield* shown, [
          ["stopped", undefined, noon, 3],
          ["completed", undefined, noon, 1],
        ])
        for (const ask of [tasks.remove("task-001"), tasks.update("task-001", {}), tasks.stop("task-001")])
          assert.match((yield* Effect.flip(ask)).message, /belongs to the control plane's list/)
      }),
    ),
  )
})
