import { Effect, Result } from "effect"
import { TaskRefused, type TaskPatch } from "../../services/Tasks.ts"
import type { TaskRunner } from "../../services/TaskRunner.ts"
import type { TaskStoreError } from "../../services/TaskStore.ts"
import type { Task, TaskSpec } from "../domain/Task.ts"
import { retryPolicyOf } from "./RetryPolicy.ts"
import { scheduleProblem, type Schedules } from "./Schedule.ts"

/** What may be refused, or not be stored. */
export type Refusable<A> = Effect.Effect<A, TaskRefused | TaskStoreError>

/** Rows that a table takes: all of them are in memory. */
export const mostTasks = 100_000

export const refused = (
  reason: TaskRefused["reason"],
  taskId: string,
  detail: string,
): Effect.Effect<never, TaskRefused> => Effect.fail(new TaskRefused({ reason, taskId, detail }))

export const unknown = (id: string): Effect.Effect<never, TaskRefused> =>
  refused("unknown", id, `there is no task "${id}"`)

export const ofThePlane = (id: string): Effect.Effect<never, TaskRefused> =>
  refused("unsupported", id, `task "${id}" belongs to the control plane's list: change it there`)

/** Everything about a spec that can be known before anything is stored. */
export const checked = Effect.fnUntraced(function* (
  spec: TaskSpec,
  runner: TaskRunner["Service"],
  schedules: Schedules,
  now: number,
) {
  if (spec.id === "") return yield* refused("invalid", spec.id, "a task needs an id")
  const problem = scheduleProblem(spec)
  if (problem !== undefined) return yield* refused("invalid", spec.id, problem)
  const retry = retryPolicyOf(spec.params)
  if (Result.isFailure(retry)) return yield* refused("invalid", spec.id, retry.failure)
  if (schedules.first(spec, now) === undefined)
    return yield* refused("invalid", spec.id, `frequency: "${spec.frequency}" never comes again`)
  yield* runner.check(spec)
})

/** A merge, `params` by their keys, of which one that is `null` goes; a window is given whole, so that it can be opened. */
export const patched = (spec: TaskSpec, patch: TaskPatch): TaskSpec => ({
  ...spec,
  ...patch,
  params: Object.fromEntries(
    Object.entries({ ...spec.params, ...patch.params }).filter(([, value]) => value !== null),
  ),
})

/** Whether a change may let a task keep the time of its next run. */
export const keepsItsTime = (task: Task, spec: TaskSpec): boolean =>
  task.state === "pending" &&
  JSON.stringify([task.spec.schedule, task.spec.window]) === JSON.stringify([spec.schedule, spec.window])
