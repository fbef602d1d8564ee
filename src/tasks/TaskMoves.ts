import { Data } from "effect"
import { mayMove, type Task, type TaskState } from "../domain/Task.ts"

/** A move that is no move: a defect of the code that asked for it. */
class IllegalTaskMove extends Data.Error<{
  readonly taskId: string
  readonly from: TaskState
  readonly to: TaskState
}> {
  override get message(): string {
    return `task ${this.taskId} cannot move from ${this.from} to ${this.to}`
  }
}

/** What a move may change besides; `undefined` takes a field away. */
export interface Along {
  readonly nextRun?: number | undefined
  readonly lastRun?: number
  readonly lastError?: string | undefined
  readonly statistics?: Task["statistics"]
}

const without = (task: Task, fields: ReadonlyArray<"nextRun" | "lastError">): Task => {
  const copy: Record<string, unknown> = { ...task }
  for (const field of fields) delete copy[field]
  return copy as unknown as Task
}

/** The task with fields set, or taken away where they are `undefined`. */
export const along = (
  task: Task,
  { lastError, nextRun, ...rest }: Along,
  fields: ReadonlyArray<string>,
): Task => {
  const cleared = without(
    task,
    (["nextRun", "lastError"] as const).filter((field) => fields.includes(field)),
  )
  return {
    ...cleared,
    ...rest,
    ...(nextRun === undefined ? {} : { nextRun }),
    ...(lastError === undefined ? {} : { lastError }),
  }
}

/** The same task in another state. It is legal, or a defect. */
export const moved = (task: Task, to: TaskState, now: number, change: Along = {}): Task => {
  if (task.state !== to && !mayMove(task.state, to))
    throw new IllegalTaskMove({ taskId: task.spec.id, from: task.state, to })
  return { ...along(task, change, Object.keys(change)), state: to, updatedAt: now }
}

/** The same by way of `pending` and `running` where no single move leads there. */
export const movedBy = (task: Task, to: TaskState, now: number, change: Along = {}): Task => {
  const passing = (["pending", "running"] as const).reduce(
    (at, state) =>
      at.state === to || mayMove(at.state, to) || !mayMove(at.state, state) ? at : moved(at, state, now),
    task.state === to && to !== "pending" && to !== "running" && to !== "stopped"
      ? moved(task, "pending", now)
      : task,
  )
  return moved(passing, to, now, change)
}
