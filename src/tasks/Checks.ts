import { Effect, Result } from "effect"
import { TaskRefused, type TaskPatch } from "../../services/Tasks.ts"
import type { TaskRunner } from "../../services/TaskRunner.ts"
import type { TaskStoreError } from "../../services/TaskStore.ts"
import { isKept, isName } from "../domain/KeptText.ts"
import { longestInstanceName } from "../domain/TaskInstance.ts"
import type { Task, TaskSpec } from "../domain/Task.ts"
import { retryPolicyOf } from "./RetryPolicy.ts"
import { scheduleProblem, type Schedules } from "./Schedule.ts"

/** What may be refused, or not be stored. */
export type Refusable<A> = Effect.Effect<A, TaskRefused | TaskStoreError>

const longestSymbol = 256

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

const texts = ["projectId", "dataset", "dataType", "source", "frequency"] as const

/** Text that no store keeps, and names that cannot be shown: whichever door they come by. */
const textProblem = (spec: TaskSpec): string | undefined => {
  if (spec.id === "") return "a task needs an id"
  if (!isName(spec.id, longestInstanceName))
    return `the id ${JSON.stringify(spec.id.slice(0, 200))} is longer than ${longestInstanceName} characters, or one of them cannot be seen`
  const text = texts.find((name) => !isKept(spec[name]))
  if (text !== undefined) return `${text} ${JSON.stringify(spec[text])} has a character that cannot be kept`
  const symbol = spec.symbols.find((each) => !isName(each, longestSymbol))
  return symbol === undefined
    ? undefined
    : `the symbol ${JSON.stringify(symbol.slice(0, 200))} is longer than ${longestSymbol} characters, or one of them cannot be seen`
}

/** The years that RFC 3339 can write, 0 to 9999: all else cannot be shown. */
const firstInstant = -62_167_219_200_000
const lastInstant = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

const windowProblem = ({ window }: TaskSpec): string | undefined => {
  const wrong = ([window.start, window.end] as const).find(
    (at) => at !== undefined && (at < firstInstant || at > lastInstant),
  )
  return wrong === undefined
    ? undefined
    : `${wrong} is no time of a window: milliseconds since 1970 are expected`
}

/** Everything about a spec that can be known before anything is stored. */
export const checked = Effect.fnUntraced(function* (
  spec: TaskSpec,
  runner: TaskRunner["Service"],
  schedules: Schedules,
  now: number,
) {
  const problem = textProblem(spec) ?? windowProblem(spec) ?? scheduleProblem(spec)
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
