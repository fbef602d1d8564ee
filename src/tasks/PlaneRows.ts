import { noStatistics, type Task, type TaskSpec, type TaskState, taskStates } from "../domain/Task.ts"
import type { TaskInstance } from "../domain/TaskInstance.ts"
import type { Ledger } from "./Ledger.ts"
import { moved, movedBy } from "./TaskMoves.ts"

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

const paramsOf = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : {}
  } catch {
    // A plugin's parameters are its own business.
    return {}
  }
}

const symbolsOf = ({ symbol, symbols }: Readonly<Record<string, unknown>>): ReadonlyArray<string> =>
  [...(Array.isArray(symbols) ? (symbols as ReadonlyArray<unknown>) : []), symbol].filter(
    (each) => typeof each === "string",
  )

/** What can be said of an instance in the words of the task table. What its parameters mean is its plugin's to know. */
const specOf = (id: string, instance: TaskInstance): TaskSpec => {
  const params = paramsOf(instance.task_params)
  return {
    id,
    projectId: textOf(params["project_id"]) || instance.rule_id,
    dataset: textOf(params["dataset"]),
    dataType: textOf(params["data_type"]),
    source: textOf(params["source"]),
    symbols: symbolsOf(params),
    frequency: textOf(params["frequency"]),
    schedule: { kind: "once" },
    window: {},
    batchSize: 0,
    historyDays: 0,
    params,
  }
}

/** 0 is to be run, whatever else not any more. */
const stateOf = (instance: TaskInstance, current: TaskState): TaskState =>
  instance.invalid !== 0 ? "stopped" : current === "stopped" ? "pending" : current

const sameInstance = (task: Task, instance: TaskInstance): boolean =>
  JSON.stringify(task.instance) === JSON.stringify(instance)

/** A name stands for one task, the last of its name; what has none cannot be spoken of. */
const onePerId = (list: ReadonlyArray<TaskInstance>): Iterable<TaskInstance> =>
  new Map(list.filter(({ task_id }) => task_id !== "").map((each) => [each.task_id, each])).values()

/** Why a plugin's word on a task ended as it did. */
const longestResult = 2000

/** The rows that a control plane's list has made. */
export const makePlaneRows = ({ drop, rows, set, touch }: Ledger) => {
  let known: ReadonlyArray<TaskInstance> | undefined

  const ofPlane = (): ReadonlyArray<Task> => rows.tasks().filter(({ origin }) => origin === "plane")

  const instances = (): ReadonlyArray<TaskInstance> =>
    (known ??= ofPlane().map(({ instance }) => instance as TaskInstance))

  return {
    instances,
    /** Rows have come from the store. */
    refresh: (): void => {
      known = undefined
    },
    /** The list is these, whole. Whether anything has changed. */
    replace: (list: ReadonlyArray<TaskInstance>, now: number): boolean => {
      const before = new Map(ofPlane().map((task) => [task.spec.id, task]))
      let changed = false
      const taken = new Set<string>()
      for (const instance of onePerId(list)) {
        // A name that a row of another door has is told apart.
        let id = instance.task_id
        for (let again = 2; taken.has(id) || (rows.has(id) && !before.has(id)); again++)
          id = `${instance.task_id}#${again}`
        taken.add(id)
        const task = before.get(id)
        if (task !== undefined && sameInstance(task, instance)) continue
        changed = true
        const spec = specOf(id, instance)
        if (task === undefined)
          set({
            spec,
            origin: "plane",
            revision: 1,
            state: stateOf(instance, "pending"),
            createdAt: now,
            updatedAt: now,
            statistics: noStatistics,
            instance,
          })
        else {
          const state = stateOf(instance, task.state)
          touch({ ...moved(task, state, now), spec, instance, revision: task.revision + 1 })
        }
      }
      for (const id of before.keys()) {
        if (taken.has(id)) continue
        changed = true
        drop(id)
      }
      if (changed) known = undefined
      return changed
    },
    /** A plugin's word on a task, by the numbers of the node protocol. */
    report: (taskId: string, status: number, result: string, now: number): void => {
      const state = taskStates[status]
      for (const task of ofPlane()) {
        if ((task.instance as TaskInstance).task_id !== taskId) continue
        if (state === undefined || state === "stopped") {
          touch({ ...task, lastError: `a plugin reported the unknown status ${status}`, updatedAt: now })
          continue
        }
        const ended = state === "completed" || state === "partial" || state === "failed"
        const { statistics } = task
        touch(
          movedBy(task, state, now, {
            ...(state === "completed" ? { lastError: undefined } : {}),
            ...(state === "partial" || state === "failed"
              ? { lastError: result.slice(0, longestResult) }
              : {}),
            ...(ended
              ? {
                  lastRun: now,
                  statistics: {
                    ...statistics,
                    runs: statistics.runs + 1,
                    succeeded: statistics.succeeded + (state === "completed" ? 1 : 0),
                    failed: statistics.failed + (state === "completed" ? 0 : 1),
                  },
                }
              : {}),
          }),
        )
      }
    },
  }
}
