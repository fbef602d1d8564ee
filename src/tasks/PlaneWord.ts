import type { RunReport } from "../../services/TaskRunner.ts"
import { type Task, taskStates } from "../domain/Task.ts"
import { along, movedBy } from "./TaskMoves.ts"

/** Of the reason why a task ended as it did. */
const longestResult = 2000

/** How a task has ended, by the number that says so; `undefined`: it has not, or the number is none. */
export const outcomeOf = (status: number): RunReport["outcome"] | undefined => {
  const state = taskStates[status]
  return state === "completed" || state === "partial" || state === "failed" ? state : undefined
}

/** A row after its plugin's word. What its control plane has taken back stays stopped, whatever is said of it. */
export const withWord = (task: Task, status: number, result: string, now: number): Task => {
  const state = taskStates[status]
  if (state === undefined || state === "stopped")
    return { ...task, lastError: `a plugin reported the unknown status ${status}`, updatedAt: now }
  const outcome = outcomeOf(status)
  const { statistics } = task
  const done = outcome === "completed"
  const change =
    outcome === undefined
      ? {}
      : {
          lastError: done ? undefined : result.slice(0, longestResult),
          lastRun: now,
          statistics: {
            ...statistics,
            runs: statistics.runs + 1,
            succeeded: statistics.succeeded + (done ? 1 : 0),
            failed: statistics.failed + (done ? 0 : 1),
          },
        }
  if (task.state === "stopped") return { ...along(task, change, Object.keys(change)), updatedAt: now }
  return movedBy(task, state, now, change)
}
