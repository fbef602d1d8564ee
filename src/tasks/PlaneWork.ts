import { Effect, Latch } from "effect"
import type { RunReport } from "../../services/TaskRunner.ts"
import { type Task, type TaskCheckpoint, taskStates } from "../domain/Task.ts"
import { instanceOf, type PlaneCheckpoint, type TaskResult } from "../domain/TaskInstance.ts"

/** Results that wait where nobody takes them: the oldest go. */
const mostWaiting = 10_000

const numberOf = (state: RunReport["outcome"]): number => taskStates.indexOf(state)

/** What this process has done of the control plane's tasks, for whoever tells the control plane. */
export const makePlaneWork = () => {
  const results = new Map<string, TaskResult>()
  const some = Latch.makeUnsafe(false)
  /** Where rows have come to: not told yet, and told. */
  const fresh = new Map<string, PlaneCheckpoint>()
  const told = new Map<string, PlaneCheckpoint>()

  const put = (task: Task, status: number, result: string): void => {
    const instance = instanceOf(task)
    if (instance === undefined) return
    results.set(task.spec.id, { task_id: instance.task_id, status, result })
    const [oldest] = results.keys()
    if (results.size > mostWaiting && oldest !== undefined) results.delete(oldest)
    some.openUnsafe()
  }

  return {
    concluded: (task: Task, { error = "", outcome }: RunReport): void => put(task, numberOf(outcome), error),
    refused: (task: Task, problem: string): void => put(task, numberOf("failed"), problem),
    reached: (task: Task, { runStartedAt, symbols }: TaskCheckpoint): void => {
      const { id } = task.spec
      const instance = instanceOf(task)
      if (instance === undefined) return
      told.delete(id)
      fresh.set(id, { task_id: instance.task_id, row: id, run_started_at: runStartedAt, symbols })
    },
    forget: (id: string): void => {
      results.delete(id)
      fresh.delete(id)
      told.delete(id)
    },
    /** What runs came to since this was last asked, of each row the newest; waits for something. */
    results: Effect.map(some.await, (): ReadonlyArray<TaskResult> => {
      const taken = [...results.values()]
      results.clear()
      some.closeUnsafe()
      return taken
    }),
    /**
     * Where rows have come to: what is new first, then what was told longest ago. So a control plane that did not hear it,
     * or was started anew, knows all of it after some time.
     */
    checkpoints: (most: number): ReadonlyArray<PlaneCheckpoint> => {
      const taken = [...fresh, ...told].slice(0, most)
      for (const [id, checkpoint] of taken) {
        fresh.delete(id)
        told.delete(id)
        told.set(id, checkpoint)
      }
      return taken.map(([, checkpoint]) => checkpoint)
    },
  }
}
