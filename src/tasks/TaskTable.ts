import { Clock, Effect, Layer, type Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { Metrics } from "../../services/Metrics.ts"
import { TaskRunner } from "../../services/TaskRunner.ts"
import { isExpired, TaskStore, type TaskStoreError } from "../../services/TaskStore.ts"
import { Tasks } from "../../services/Tasks.ts"
import { noStatistics, type Task, type TaskOrigin, type TaskSpec } from "../domain/Task.ts"
import type { TimeZone } from "../domain/cron/TimeZone.ts"
import type { Self } from "../runtime/Actor.ts"
import type { Actors } from "../runtime/Actors.ts"
import { root } from "../runtime/Supervisor.ts"
import { makeAskedRuns } from "./AskedRuns.ts"
import {
  checked,
  keepsItsTime,
  mostTasks,
  ofThePlane,
  patched,
  type Refusable,
  refused,
  unknown,
} from "./Checks.ts"
import { replaceFile } from "./FileRows.ts"
import { makeKeyedLock } from "./KeyedLock.ts"
import { makeLedger } from "./Ledger.ts"
import { makePlaneTasks, type PlaneOptions } from "./PlaneTasks.ts"
import { makeSchedules } from "./Schedule.ts"
import { makeScheduler, type SchedulerOptions } from "./Scheduler.ts"
import { superviseTable } from "./TableTree.ts"
import { makeTaskMetrics } from "./TaskMetrics.ts"
import { moved } from "./TaskMoves.ts"

export interface TaskTableOptions extends SchedulerOptions {
  /** Of cron expressions. */
  readonly zone: TimeZone
  /** How long tasks of doors are kept that have ended and will not run again. */
  readonly retentionMillis: number
  /** The tasks of the configuration: origin `file`. */
  readonly file: ReadonlyArray<TaskSpec>
  /** What they become while it works. */
  readonly fileEdits?: Stream.Stream<ReadonlyArray<TaskSpec>>
  readonly plane: PlaneOptions
}

/**
 * The task table: `service` for the doors, `run` for the supervision tree, which schedules and stores. What `service` is
 * asked before `run` has begun waits in the table.
 */
export const makeTaskTable = Effect.fnUntraced(function* (options: TaskTableOptions) {
  const store = yield* TaskStore
  const runner = yield* TaskRunner
  const metrics = yield* makeTaskMetrics
  const ledger = yield* makeLedger(metrics.show)
  const schedules = makeSchedules(options.zone)
  const { zone } = options
  const planeTasks = yield* makePlaneTasks({ ledger, store, runner, schedules, zone, metrics }, options.plane)
  const { mayRun } = planeTasks
  const scheduler = yield* makeScheduler(ledger, schedules, metrics, {
    ...options,
    ...planeTasks.forScheduler,
  })
  const locked = makeKeyedLock()
  const { flush, rows } = ledger
  let loaded = false

  const load: Effect.Effect<void, TaskStoreError> = Effect.suspend(() => (loaded ? Effect.void : loadOnce))
  const plane = planeTasks.attach(scheduler, load)
  const loadOnce = Effect.gen(function* () {
    yield* ledger.load
    if (loaded) return
    loaded = true
    yield* plane.onLoaded
  })

  /** Under the task's own lock, with what the store holds in the table. */
  const holding = <A, E>(id: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E | TaskStoreError> =>
    locked(id, Effect.andThen(load, effect))

  /** Its row, unless there is none, or it is the control plane's. */
  const own = (id: string): Refusable<Task> =>
    Effect.suspend(() => {
      const task = rows.get(id)
      if (task === undefined) return unknown(id)
      return task.origin === "plane" ? ofThePlane(id) : Effect.succeed(task)
    })

  const create = (spec: TaskSpec, origin: TaskOrigin): Refusable<Task> =>
    holding(
      spec.id,
      Effect.gen(function* () {
        if (rows.has(spec.id))
          return yield* refused("exists", spec.id, `there is a task "${spec.id}" already`)
        if (rows.size >= mostTasks)
          return yield* refused("busy", spec.id, `the table is full: it holds ${mostTasks} tasks`)
        const now = yield* Clock.currentTimeMillis
        yield* checked(spec, runner, schedules, now)
        const nextRun = schedules.first(spec, now)!
        const times = { createdAt: now, updatedAt: now, nextRun }
        const task = yield* ledger.commit(spec.id, () => ({
          spec,
          origin,
          revision: 1,
          state: "pending",
          statistics: noStatistics,
          ...times,
        }))
        scheduler.arm(task)
        return task
      }),
    )

  /** The task goes on with another spec, its running run too: from its checkpoint. */
  const change = Effect.fnUntraced(function* (task: Task, spec: TaskSpec) {
    const { id } = task.spec
    if (isDeepStrictEqual(spec, task.spec)) return task
    const now = yield* Clock.currentTimeMillis
    yield* checked(spec, runner, schedules, now)
    const first = schedules.first(spec, now)
    const changed = yield* ledger.commit(id, (current = task) => {
      const next = { ...current, spec, revision: task.revision + 1, updatedAt: now }
      if (current.state === "stopped" || current.state === "running" || keepsItsTime(current, spec))
        return next
      return { ...moved(current, "pending", now, { nextRun: first }), spec, revision: next.revision }
    })
    if (scheduler.isActive(id)) yield* scheduler.cancel(id, "again")
    const current = rows.get(id) ?? changed
    scheduler.arm(current)
    return current
  })

  const start = Effect.fnUntraced(function* (id: string) {
    const task = yield* own(id)
    if (task.state === "pending" || task.state === "running") return task
    const now = yield* Clock.currentTimeMillis
    const nextRun = schedules.first(task.spec, now) ?? now
    const pending = moved(task, "pending", now, { nextRun })
    ledger.touch(pending)
    scheduler.arm(pending)
    yield* flush
    return pending
  })

  const stop = Effect.fnUntraced(function* (id: string) {
    yield* own(id)
    yield* scheduler.cancel(id, "over")
    const now = yield* Clock.currentTimeMillis
    const task = yield* own(id)
    if (task.state === "stopped") return task
    const stopped = moved(task, "stopped", now, { nextRun: undefined })
    ledger.touch(stopped)
    yield* flush
    return stopped
  })

  const remove = Effect.fnUntraced(function* (id: string) {
    const task = yield* own(id)
    yield* scheduler.cancel(id, "over")
    ledger.drop(id)
    yield* flush
    yield* runner.forget(id)
    return task
  })

  const { runDue, runNow } = makeAskedRuns({
    rows,
    flush,
    load,
    scheduler,
    own,
    mayRun,
    start: (id) => locked(id, start(id)),
  })

  const versions = Effect.fnUntraced(function* (id: string) {
    yield* load
    if (!rows.has(id)) return yield* unknown(id)
    return yield* store.versions(id)
  })

  const rollback = Effect.fnUntraced(function* (id: string, revision: number) {
    const task = yield* own(id)
    const kept = yield* store.versions(id)
    const version = kept.find((each) => each.revision === revision)
    if (version !== undefined) return yield* change(task, version.task.spec)
    const known = kept.map((each) => each.revision).join(", ")
    return yield* refused("invalid", id, `task "${id}" has no revision ${revision}; it has ${known}`)
  })

  const sweep = Effect.gen(function* () {
    yield* load
    yield* flush
    const before = (yield* Clock.currentTimeMillis) - options.retentionMillis
    yield* store.sweep(before)
    for (const task of rows.tasks()) {
      if (!isExpired(task, before)) continue
      ledger.drop(task.spec.id)
      yield* runner.forget(task.spec.id)
    }
  })

  const service = Tasks.of({
    create: Effect.fn("Tasks.create")(create),
    update: Effect.fn("Tasks.update")((id, patch) =>
      holding(
        id,
        Effect.flatMap(own(id), (task) => change(task, patched(task.spec, patch))),
      ),
    ),
    remove: Effect.fn("Tasks.remove")((id) => holding(id, remove(id))),
    stop: Effect.fn("Tasks.stop")((id) => holding(id, stop(id))),
    start: Effect.fn("Tasks.start")((id) => holding(id, start(id))),
    run: Effect.fn("Tasks.run")(runNow),
    runDue: Effect.fn("Tasks.runDue")(runDue),
    get: (id) => Effect.map(load, () => rows.get(id)),
    list: (filter) => Effect.map(load, () => rows.list(filter)),
    versions,
    rollback: Effect.fn("Tasks.rollback")((id, revision) => holding(id, rollback(id, revision))),
    ...plane.service,
    changes: ledger.changes,
  })

  const replace = (file: ReadonlyArray<TaskSpec>) =>
    replaceFile(file, rows, {
      create: (spec) => create(spec, "file"),
      change: (spec) =>
        holding(
          spec.id,
          Effect.flatMap(own(spec.id), (task) => change(task, spec)),
        ),
      remove: (id) => holding(id, remove(id)),
    })
  return {
    service,
    run: (self: Self) => superviseTable(self, { ...options, ledger, load, scheduler, sweep, replace }),
  }
})

/** The table with a small tree of its own, in the scope: for nodes, cloud functions and tests. A collector puts `makeTaskTable` into its tree. */
export const layer = (
  options: TaskTableOptions,
): Layer.Layer<Tasks, never, TaskStore | TaskRunner | Metrics | Actors> =>
  Layer.effect(
    Tasks,
    Effect.gen(function* () {
      const { run, service } = yield* makeTaskTable(options)
      yield* Effect.forkScoped(Effect.ignore(root("tasks", run)))
      return service
    }),
  )
