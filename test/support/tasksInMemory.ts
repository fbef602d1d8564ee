import { Clock, Effect, Layer, Stream } from "effect"
import { TaskRefused, Tasks } from "../../services/Tasks.ts"
import { TaskStoreError, type TaskVersion } from "../../services/TaskStore.ts"
import { noStatistics, type Task, type TaskOrigin, type TaskSpec } from "../../src/domain/Task.ts"
import { patched } from "../../src/tasks/Checks.ts"
import type { TaskInstance } from "../../src/domain/TaskInstance.ts"

const sources = new Set(["binance", "binance-usdm", "okx", "stocks"])

/** A task table that is only its state: rows are kept and changed, and nothing is collected. */
export const makeTasks = () => {
  const rows = new Map<string, Task>()
  const versions = new Map<string, Array<TaskVersion>>()
  let plane: ReadonlyArray<TaskInstance> = []
  let full = false
  let defect = false

  const unknown = (id: string) => new TaskRefused({ reason: "unknown", taskId: id, detail: `no task ${id}` })
  const found = (id: string) =>
    Effect.suspend(() => {
      const task = rows.get(id)
      return task === undefined ? Effect.fail(unknown(id)) : Effect.succeed(task)
    })
  const save = (task: Task) =>
    Effect.gen(function* () {
      if (defect) return yield* Effect.die(new Error("a table that breaks"))
      if (full) return yield* new TaskStoreError({ reason: "full", detail: "no space left on /data" })
      const now = yield* Clock.currentTimeMillis
      const saved = { ...task, updatedAt: now }
      rows.set(task.spec.id, saved)
      const list = versions.get(task.spec.id) ?? []
      if (list[0]?.revision !== task.revision)
        versions.set(task.spec.id, [{ revision: task.revision, task: saved, savedAt: now }, ...list])
      return saved
    })
  const check = (spec: TaskSpec) =>
    sources.has(spec.source)
      ? Effect.void
      : Effect.fail(
          new TaskRefused({
            reason: "unsupported",
            taskId: spec.id,
            detail: `source "${spec.source}" is not known; did you mean "binance"?`,
          }),
        )

  const create = (spec: TaskSpec, origin: TaskOrigin) =>
    Effect.gen(function* () {
      yield* check(spec)
      if (rows.has(spec.id))
        return yield* new TaskRefused({ reason: "exists", taskId: spec.id, detail: `${spec.id} exists` })
      const now = yield* Clock.currentTimeMillis
      const task = { spec, origin, revision: 1, state: "pending" as const, createdAt: now, updatedAt: now }
      return yield* save({ ...task, statistics: noStatistics })
    })
  const state = (id: string, state: Task["state"]) =>
    Effect.flatMap(found(id), (task) => save({ ...task, state }))

  const service = Tasks.of({
    create,
    update: (id, patch) =>
      Effect.gen(function* () {
        const task = yield* found(id)
        const spec = patched(task.spec, patch)
        yield* check(spec)
        return yield* save({ ...task, spec, revision: task.revision + 1 })
      }),
    remove: (id) =>
      Effect.tap(found(id), () =>
        Effect.sync(() => {
          rows.delete(id)
          versions.delete(id)
        }),
      ),
    stop: (id) => state(id, "stopped"),
    start: (id) => state(id, "pending"),
    run: (id) => state(id, "completed"),
    runDue: (until, only) =>
      Effect.gen(function* () {
        const due = [...rows.values()].filter(
          ({ nextRun = Infinity, spec, state }) =>
            state === "pending" && nextRun <= until && (only === undefined || only === spec.id),
        )
        return yield* Effect.forEach(due, (task) => save({ ...task, state: "completed" }))
      }),
    get: (id) => Effect.sync(() => rows.get(id)),
    list: ({ limit = Infinity, offset = 0, origin, projectId, state, text } = {}) =>
      Effect.sync(() =>
        [...rows.values()]
          .filter(
            (task) =>
              (projectId === undefined || task.spec.projectId === projectId) &&
              (state === undefined || task.state === state) &&
              (origin === undefined || task.origin === origin) &&
              (text === undefined || JSON.stringify(task.spec).includes(text)),
          )
          .sort((left, right) => (left.spec.id < right.spec.id ? -1 : 1))
          .slice(offset, offset + limit),
      ),
    versions: (id) => Effect.map(found(id), () => versions.get(id) ?? []),
    rollback: (id, revision) =>
      Effect.gen(function* () {
        const task = yield* found(id)
        const old = versions.get(id)?.find((each) => each.revision === revision)
        if (old === undefined)
          return yield* new TaskRefused({
            reason: "invalid",
            taskId: id,
            detail: `task ${id} has no revision ${revision}`,
          })
        return yield* save({ ...task, spec: old.task.spec, revision: task.revision + 1 })
      }),
    replacePlane: (instances) =>
      Effect.sync(() => {
        const changed = JSON.stringify(plane) !== JSON.stringify(instances)
        plane = instances
        return changed
      }),
    releasePlane: Effect.sync(() => void (plane = [])),
    planeResults: Effect.never,
    planeCheckpoints: () => Effect.succeed([]),
    instances: Effect.sync(() => plane),
    report: () => Effect.void,
    changes: Stream.never,
  })
  return {
    layer: Layer.succeed(Tasks, service),
    /** As if its runs had made it so. */
    set: (id: string, change: Partial<Task>) =>
      Effect.sync(() => rows.set(id, { ...rows.get(id)!, ...change })),
    get: (id: string) => rows.get(id),
    plane: () => plane,
    fillDisk: () => void (full = true),
    breakDown: () => void (defect = true),
  }
}
