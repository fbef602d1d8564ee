import { Context, type Effect, Schema } from "effect"
import type { Task, TaskCheckpoint, TaskOrigin, TaskState } from "../src/domain/Task.ts"

/** Whether a sweep takes it: made by a door (the others' lists say themselves what is to be there), ended, without a next run, and not touched since. */
export const isExpired = ({ nextRun, origin, state, updatedAt }: Task, before: number): boolean =>
  origin === "api" &&
  state !== "pending" &&
  state !== "running" &&
  nextRun === undefined &&
  updatedAt < before

/** Revisions of a task that are kept. */
export const versionsKept = 100

/** The store could not do what it promises. `full`: no room on the disk; `unreadable`: what stands there is no store of ours; `io`: anything else of the medium. */
export class TaskStoreError extends Schema.TaggedError<TaskStoreError>()("TaskStoreError", {
  reason: Schema.Literals(["full", "unreadable", "io"]),
  detail: Schema.String,
}) {
  override get message(): string {
    return `task store ${this.reason}: ${this.detail}`
  }
}

export interface TaskFilter {
  readonly projectId?: string
  readonly state?: TaskState
  readonly origin?: TaskOrigin
  /** Words of a full-text search over id, project, dataset, data type, source, symbols and last error: each must begin a word there, in any case. */
  readonly text?: string
  readonly limit?: number
  readonly offset?: number
}

/** One version of a task, for `rollback`. */
export interface TaskVersion {
  readonly revision: number
  readonly task: Task
  readonly savedAt: number
}

/**
 * Keeps the task table over restarts and `kill -9`: a `save` that has returned is on the disk. Every revision saved is
 * kept until the task is removed (the newest `versionsKept`).
 */
export class TaskStore extends Context.Service<
  TaskStore,
  {
    /** Writes rows whole, all or none; a row of a new revision adds a version. */
    readonly save: (tasks: ReadonlyArray<Task>) => Effect.Effect<void, TaskStoreError>
    readonly get: (id: string) => Effect.Effect<Task | undefined, TaskStoreError>
    /** By id. The table reads all of it once, at its start, and answers from memory then. */
    readonly list: (filter?: TaskFilter) => Effect.Effect<ReadonlyArray<Task>, TaskStoreError>
    /** Tasks with versions and checkpoints; absent ones are no error. */
    readonly remove: (ids: ReadonlyArray<string>) => Effect.Effect<void, TaskStoreError>
    /** Newest first. */
    readonly versions: (id: string) => Effect.Effect<ReadonlyArray<TaskVersion>, TaskStoreError>
    /** Of a task that is in the store; that of another is not kept: it was removed meanwhile. */
    readonly saveCheckpoint: (checkpoint: TaskCheckpoint) => Effect.Effect<void, TaskStoreError>
    readonly checkpoint: (taskId: string) => Effect.Effect<TaskCheckpoint | undefined, TaskStoreError>
    readonly removeCheckpoint: (taskId: string) => Effect.Effect<void, TaskStoreError>
    /** Removes the tasks of which `isExpired` is true; how many. */
    readonly sweep: (before: number) => Effect.Effect<number, TaskStoreError>
  }
>()("millrace/services/TaskStore") {}
