import { Context, type Effect, Schema, type Stream } from "effect"
import type { Task, TaskOrigin, TaskSpec } from "../src/domain/Task.ts"
import type { PlaneCheckpoint, TaskInstance, TaskResult } from "../src/domain/TaskInstance.ts"
import type { TaskFilter, TaskStoreError, TaskVersion } from "./TaskStore.ts"

/** A door asked for something that cannot be had. `detail` names the value, for the one who asked. */
export class TaskRefused extends Schema.TaggedError<TaskRefused>()("TaskRefused", {
  reason: Schema.Literals(["invalid", "exists", "unknown", "unsupported", "busy"]),
  taskId: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}

/** What changed in the table; a watcher that is too slow sees the newest of what it missed. */
export interface TaskChange {
  readonly kind: "saved" | "removed"
  readonly task: Task
}

/** What a change may touch; what is absent stays. `params` are merged by their keys, and `null` takes one away; a window is given whole. The whole must still be valid. */
export type TaskPatch = Partial<Omit<TaskSpec, "id">>

/**
 * The one task table of a process. Every door (the actions, the control plane's list, files, the API, the command line)
 * comes here; everything that is seen of tasks is seen through it.
 */
export class Tasks extends Context.Service<
  Tasks,
  {
    /** Stores a new task and starts it by its schedule. Refused when the id is taken, or source, symbols or type cannot be had. */
    readonly create: (spec: TaskSpec, origin: TaskOrigin) => Effect.Effect<Task, TaskRefused | TaskStoreError>
    /** A merge: the running task goes on with the new revision, without a restart of others. */
    readonly update: (id: string, patch: TaskPatch) => Effect.Effect<Task, TaskRefused | TaskStoreError>
    /** Stops it and takes it out of the table: no request of it is made afterwards. */
    readonly remove: (id: string) => Effect.Effect<Task, TaskRefused | TaskStoreError>
    /** Stops it and keeps its row; `start` makes it pending again. */
    readonly stop: (id: string) => Effect.Effect<Task, TaskRefused | TaskStoreError>
    readonly start: (id: string) => Effect.Effect<Task, TaskRefused | TaskStoreError>
    /** Runs it now, whatever its schedule says; comes back once the run has ended. */
    readonly run: (id: string) => Effect.Effect<Task, TaskRefused | TaskStoreError>
    /** Runs whatever is due now, or that one task if it is and is no stream, and comes back when all of it has ended or `untilMillis` (epoch) has come: for processes that only live for an event. */
    readonly runDue: (
      untilMillis: number,
      only?: string,
    ) => Effect.Effect<ReadonlyArray<Task>, TaskStoreError>
    readonly get: (id: string) => Effect.Effect<Task | undefined, TaskStoreError>
    readonly list: (filter?: TaskFilter) => Effect.Effect<ReadonlyArray<Task>, TaskStoreError>
    readonly versions: (id: string) => Effect.Effect<ReadonlyArray<TaskVersion>, TaskRefused | TaskStoreError>
    /** The spec of an older revision as a new one. */
    readonly rollback: (id: string, revision: number) => Effect.Effect<Task, TaskRefused | TaskStoreError>
    /** The control plane's list, whole: its own rows become exactly these; rows of other origins stay. `false`: they were these already. */
    readonly replacePlane: (instances: ReadonlyArray<TaskInstance>) => Effect.Effect<boolean, TaskStoreError>
    /** The control plane's rows as they were given, invalid ones too: what plugins are given and `tasks_md5` is of. */
    readonly instances: Effect.Effect<ReadonlyArray<TaskInstance>>
    /** None of the control plane's rows is this process's to run until a list has it again; where they are run here, what they have come to stays. */
    readonly releasePlane: Effect.Effect<void, TaskStoreError>
    /** What runs of the control plane's rows came to in this process, since it was last asked; waits for something. */
    readonly planeResults: Effect.Effect<ReadonlyArray<TaskResult>>
    /** Where runs of the control plane's rows have come to, so many of them: what is new first. */
    readonly planeCheckpoints: (most: number) => Effect.Effect<ReadonlyArray<PlaneCheckpoint>>
    /** A plugin's or a run's word on a task of the plane. */
    readonly report: (taskId: string, status: number, result: string) => Effect.Effect<void, TaskStoreError>
    readonly changes: Stream.Stream<TaskChange>
  }
>()("millrace/services/Tasks") {}
