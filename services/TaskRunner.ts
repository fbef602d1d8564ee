import { Context, type Effect } from "effect"
import type { Task, TaskCheckpoint, TaskSpec } from "../src/domain/Task.ts"
import type { TaskRefused } from "./Tasks.ts"
import type { TaskStoreError } from "./TaskStore.ts"

/** One run of a task, as its runner sees it. */
export interface TaskRun {
  readonly task: Task
  /** Milliseconds since the epoch: what the run is for ends here where the task's window has no end. */
  readonly startedAt: number
  /** Of a run that was stopped before it ended, or of the run before where the task goes on from it. */
  readonly checkpoint: TaskCheckpoint | undefined
  readonly saveCheckpoint: (checkpoint: TaskCheckpoint) => Effect.Effect<void, TaskStoreError>
  /** Said while it works, for the table: all of this run so far. */
  readonly progress: (progress: {
    readonly records: number
    readonly requests: number
  }) => Effect.Effect<void>
  /** Said while it works: what is wrong, why what was asked for last did not come, or that nothing is wrong any more. The task's last error, until the run ends. */
  readonly trouble: (error: string | undefined) => Effect.Effect<void>
}

/** What became of a run. `partial`: some symbols failed, or it was out of time; `error` says why. */
export interface RunReport {
  readonly outcome: "completed" | "partial" | "failed"
  readonly records: number
  readonly requests: number
  readonly error?: string
  /** What failed was tried again within the run, as often as the task's policy says: it is not before its next time. */
  readonly triedOut?: boolean
}

/** Does the work of tasks: by a venue's REST endpoints, or by its streams. Interruption stops it at the last checkpoint. */
export class TaskRunner extends Context.Service<
  TaskRunner,
  {
    /** Whether a task could run at all; refused with the nearest names, before anything is stored. */
    readonly check: (spec: TaskSpec) => Effect.Effect<void, TaskRefused>
    readonly run: (run: TaskRun) => Effect.Effect<RunReport>
    /** What counts as one source for caps and budgets: the venue. */
    readonly sourceOf: (spec: TaskSpec) => string
    /** The task is gone for good, and so is what its runs kept for the next one. */
    readonly forget: (taskId: string) => Effect.Effect<void>
  }
>()("millrace/services/TaskRunner") {}
