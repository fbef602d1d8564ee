import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, type Scope } from "effect"
import { TaskStore, type TaskFilter, versionsKept } from "../../services/TaskStore.ts"
import { checkpointOf, day, noon, specOf, taskOf } from "../support/tasks.ts"

export interface TaskStoreContract {
  readonly name: string
  /** An empty store. */
  readonly make: Effect.Effect<Layer.Layer<TaskStore>, unknown, Scope.Scope>
  readonly skip?: boolean
}

const idsOf = Effect.fnUntraced(function* (filter?: TaskFilter) {
  const { list } = yield* TaskStore
  return (yield* list(filter)).map(({ spec }) => spec.id)
})

/** Every store of tasks promises this. */
export const taskStoreContract = ({ make, name, skip = false }: TaskStoreContract): void => {
  describe(`${name} as a store of tasks`, () => {
    const promise = (what: string, body: Effect.Effect<void, unknown, TaskStore>) =>
      it.live.skipIf(skip)(what, () =>
        Effect.scoped(Effect.flatMap(make, (store) => Effect.provide(body, store))),
      )

    promise(
      "keeps what a control plane names as it likes, without failing over a character",
      Effect.gen(function* () {
        const store = yield* TaskStore
        const long = String.fromCodePoint(0x20000).repeat(40)
        const task = taskOf(
          "odd",
          {},
          {
            projectId: `p\u0000${String.fromCharCode(0xd801)}`,
            dataset: `d\u0000${String.fromCharCode(0xdc00)} x${long}`,
          },
        )
        yield* store.save([task])
        assert.deepStrictEqual(yield* store.get("odd"), task)
        assert.deepStrictEqual(yield* idsOf({ text: `x${long}` }), ["odd"])
      }),
    )

    promise(
      "holds nothing at first, and says so",
      Effect.gen(function* () {
        const store = yield* TaskStore
        assert.deepStrictEqual(yield* store.list(), [])
        assert.isUndefined(yield* store.get("a"))
        assert.deepStrictEqual(yield* store.versions("a"), [])
        assert.isUndefined(yield* store.checkpoint("a"))
        assert.strictEqual(yield* store.sweep(noon), 0)
        yield* store.remove(["a"])
        yield* store.removeCheckpoint("a")
      }),
    )

    promise(
      "gives a task back as it was saved, whatever stands in it",
      Effect.gen(function* () {
        const store = yield* TaskStore
        const hostile = `'; DROP TABLE tasks; -- "x" * \u4efb\u52a1 \u{1f600} \\ \n`
        const tasks = [
          taskOf("plain"),
          taskOf(
            hostile,
            { state: "failed", lastError: hostile, lastRun: noon, nextRun: noon + 1, origin: "plane" },
            {
              projectId: hostile,
              symbols: [],
              params: { nested: { list: [1, 1e-7, null, "\u0000"] }, "0": false },
              schedule: { kind: "cron", expression: "0 * * * *" },
              window: { start: 0, end: noon },
            },
          ),
        ]
        yield* store.save([{ ...tasks[1]!, instance: { id: 1, task_id: "x", extra: { a: [1] } } }, tasks[0]!])
        assert.deepStrictEqual(yield* store.get("plain"), tasks[0])
        assert.deepStrictEqual(yield* store.get(hostile), {
          ...tasks[1]!,
          instance: { id: 1, task_id: "x", extra: { a: [1] } },
        })
        assert.deepStrictEqual(yield* idsOf({ projectId: hostile }), [hostile])
      }),
    )

    promise(
      "lists by id, and by project, state and origin, in parts",
      Effect.gen(function* () {
        const store = yield* TaskStore
        yield* store.save([
          taskOf("c", { state: "running" }),
          taskOf("a", { origin: "plane" }),
          taskOf("d", { state: "running", origin: "file" }),
          taskOf("B", { state: "running" }, { projectId: "project-2" }),
        ])
        assert.deepStrictEqual(yield* idsOf(), ["B", "a", "c", "d"])
        assert.deepStrictEqual(yield* idsOf({ state: "running" }), ["B", "c", "d"])
        assert.deepStrictEqual(yield* idsOf({ state: "running", projectId: "project-1" }), ["c", "d"])
        assert.deepStrictEqual(yield* idsOf({ origin: "file" }), ["d"])
        assert.deepStrictEqual(yield* idsOf({ limit: 2 }), ["B", "a"])
        assert.deepStrictEqual(yield* idsOf({ limit: 2, offset: 3 }), ["d"])
        assert.deepStrictEqual(yield* idsOf({ state: "stopped" }), [])
      }),
    )

    promise(
      "finds tasks by the beginnings of their words, also when they have changed",
      Effect.gen(function* () {
        const store = yield* TaskStore
        yield* store.save([
          taskOf("task-001"),
          taskOf("task-002", { lastError: "HTTP 429: \u8bf7\u6c42\u8fc7\u591a" }, { symbols: ["SOLUSDT"] }),
          taskOf("other", {}, { source: "okx", symbols: ["BTC/USDT"], dataset: "NEAR: x" }),
        ])
        const find = (text: string) => idsOf({ text })
        assert.deepStrictEqual(yield* find("btc-usdt"), ["other", "task-001"])
        assert.deepStrictEqual(yield* find("BTC binance"), ["task-001"])
        assert.deepStrictEqual(yield* find("sol"), ["task-002"])
        assert.deepStrictEqual(yield* find("task-00"), ["task-001", "task-002"])
        assert.deepStrictEqual(yield* find("429 \u8bf7\u6c42"), ["task-002"])
        assert.deepStrictEqual(yield* find('near OR "'), [])
        assert.deepStrictEqual(yield* find("near"), ["other"])
        assert.deepStrictEqual(yield* find("usd"), ["other", "task-001"])
        assert.deepStrictEqual(yield* find("  "), ["other", "task-001", "task-002"])
        assert.deepStrictEqual(yield* idsOf({ text: "task", limit: 1, offset: 1 }), ["task-002"])
        yield* store.save([taskOf("task-001", {}, { symbols: ["DOGE-USDT"] })])
        assert.deepStrictEqual(yield* find("btc"), ["other"])
        assert.deepStrictEqual(yield* find("doge"), ["task-001"])
        yield* store.remove(["task-001"])
        assert.deepStrictEqual(yield* find("doge"), [])
      }),
    )

    promise(
      "keeps every revision as it was first saved, the newest first",
      Effect.gen(function* () {
        const store = yield* TaskStore
        yield* store.save([taskOf("a")])
        yield* store.save([taskOf("a", { state: "running", updatedAt: noon + 1 })])
        yield* store.save([taskOf("a", { revision: 2, updatedAt: noon + 2 }, { batchSize: 50 })])
        const versions = yield* store.versions("a")
        assert.deepStrictEqual(versions, [
          {
            revision: 2,
            savedAt: noon + 2,
            task: taskOf("a", { revision: 2, updatedAt: noon + 2 }, { batchSize: 50 }),
          },
          { revision: 1, savedAt: noon, task: taskOf("a") },
        ])
        for (let revision = 3; revision <= versionsKept + 5; revision++)
          yield* store.save([taskOf("a", { revision })])
        const kept = (yield* store.versions("a")).map(({ revision }) => revision)
        assert.deepStrictEqual(
          kept,
          Array.from({ length: versionsKept }, (_, index) => versionsKept + 5 - index),
        )
      }),
    )

    promise(
      "forgets a removed task with its versions and its checkpoint",
      Effect.gen(function* () {
        const store = yield* TaskStore
        yield* store.save([taskOf("a", { revision: 4 }), taskOf("b")])
        yield* store.saveCheckpoint(checkpointOf("a"))
        yield* store.remove(["a", "absent"])
        assert.deepStrictEqual(yield* idsOf(), ["b"])
        yield* store.saveCheckpoint(checkpointOf("a"))
        yield* store.save([taskOf("a")])
        assert.deepStrictEqual(
          (yield* store.versions("a")).map(({ revision }) => revision),
          [1],
        )
        assert.isUndefined(yield* store.checkpoint("a"), "not even one that came after the removal")
      }),
    )

    promise(
      "keeps the last checkpoint of each task",
      Effect.gen(function* () {
        const store = yield* TaskStore
        yield* store.save([taskOf("a"), taskOf("b")])
        yield* store.saveCheckpoint(checkpointOf("a"))
        const later = checkpointOf("a", {
          symbols: { "BTC-USDT": { next: "27182818284590452353602874", done: true } },
          journalPosition: 9,
        })
        yield* store.saveCheckpoint(later)
        yield* store.saveCheckpoint(checkpointOf("b"))
        yield* store.save([taskOf("a", { state: "completed" })])
        assert.deepStrictEqual(yield* store.checkpoint("a"), later)
        yield* store.removeCheckpoint("a")
        assert.isUndefined(yield* store.checkpoint("a"))
        assert.deepStrictEqual(yield* store.checkpoint("b"), checkpointOf("b"))
      }),
    )

    promise(
      "sweeps what has ended long ago and will not run again, nothing else",
      Effect.gen(function* () {
        const store = yield* TaskStore
        const old = { updatedAt: noon - 31 * day }
        yield* store.save([
          taskOf("completed", { ...old, state: "completed" }),
          taskOf("failed", { ...old, state: "failed" }),
          taskOf("partial", { ...old, state: "partial" }),
          taskOf("stopped", { ...old, state: "stopped" }),
          taskOf("again", { ...old, state: "failed", nextRun: noon }),
          taskOf("running", { ...old, state: "running" }),
          taskOf("pending", old),
          taskOf("recent", { state: "completed" }),
          taskOf("of the plane", { ...old, state: "completed", origin: "plane" }),
          taskOf("of a file", { ...old, state: "completed", origin: "file" }),
        ])
        assert.strictEqual(yield* store.sweep(noon - 30 * day), 4)
        assert.deepStrictEqual(yield* idsOf(), [
          "again",
          "of a file",
          "of the plane",
          "pending",
          "recent",
          "running",
        ])
        assert.deepStrictEqual(yield* store.versions("completed"), [])
      }),
    )

    promise(
      "takes ten thousand rows at once, and gives them back",
      Effect.gen(function* () {
        const store = yield* TaskStore
        const tasks = Array.from({ length: 10_000 }, (_, index) =>
          taskOf(`task-${String(index).padStart(5, "0")}`, {}, { symbols: [`S${index}-USDT`] }),
        )
        yield* store.save(tasks)
        const listed = yield* store.list()
        assert.strictEqual(listed.length, tasks.length)
        assert.deepStrictEqual(listed[9_999], tasks[9_999])
        assert.deepStrictEqual(yield* idsOf({ text: "s9876" }), ["task-09876"])
        assert.deepStrictEqual(
          (yield* store.get("task-00000"))?.spec,
          specOf("task-00000", { symbols: ["S0-USDT"] }),
        )
      }),
    )
  })
}
