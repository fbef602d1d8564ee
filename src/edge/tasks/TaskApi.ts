import { Schema } from "effect"
import { HttpApiEndpoint, OpenApi } from "effect/http-api"
import { Task, TaskOrigin, TaskSchedule, TaskSpec, TaskState, TaskWindow } from "../../domain/Task.ts"
import { BadRequest, TaskConflict, TaskNotFound, TaskStoreUnavailable, Unavailable } from "../ApiErrors.ts"

const optional = Schema.optionalKey

const describe = (summary: string, description?: string) =>
  OpenApi.annotations({ summary, ...(description === undefined ? {} : { description }) })

const count = (least: number) =>
  optional(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(least, { expected: `a whole number, ${least} or more` })),
  )

/** Tasks of one answer unless `limit` says otherwise. */
export const usualPage = 1000

export const TaskQuery = {
  project: optional(Schema.String),
  state: optional(TaskState),
  origin: optional(TaskOrigin),
  text: optional(Schema.String),
  limit: count(1),
  offset: count(0),
}

/** What a new task must say; the rest has defaults. */
export const NewTask = Schema.Struct({
  id: Schema.String.check(Schema.isNonEmpty({ expected: "a name that is not empty" })),
  projectId: optional(Schema.String),
  dataset: optional(Schema.String),
  dataType: Schema.String,
  source: Schema.String,
  symbols: Schema.Array(Schema.String).check(Schema.isMinLength(1, { expected: "at least one" })),
  schedule: TaskSchedule,
  frequency: optional(Schema.String),
  window: optional(TaskWindow),
  batchSize: optional(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))),
  historyDays: optional(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 36_500 }))),
  params: optional(Schema.Record(Schema.String, Schema.Unknown)),
})

const { id: _, ...changeable } = NewTask.fields

/** A merge: what is absent stays; a key of `params` that is null goes; a window is given whole. */
export const TaskChange = Schema.Struct({
  ...changeable,
  dataType: optional(changeable.dataType),
  source: optional(changeable.source),
  symbols: optional(changeable.symbols),
  schedule: optional(changeable.schedule),
})

export const TaskPage = Schema.Struct({
  tasks: Schema.Array(Task),
  /** Of all tasks, by state. */
  counts: Schema.Record(Schema.String, Schema.Int),
})

export const TaskVersionView = Schema.Struct({
  revision: Schema.Int,
  savedAt: Schema.Finite,
  spec: TaskSpec,
})

const id = { id: Schema.String }
const troubles = [TaskNotFound, TaskConflict, TaskStoreUnavailable, Unavailable, BadRequest] as const

const steer = (action: "start" | "stop" | "run", words: string) =>
  HttpApiEndpoint.post(`${action}Task`, `/tasks/:id/${action}`, {
    params: id,
    success: Task,
    error: troubles,
  }).annotateMerge(describe(words))

/** The task table as resources, below `/api/v1`. */
export const taskEndpoints = [
  HttpApiEndpoint.get("listTasks", "/tasks", {
    query: TaskQuery,
    success: TaskPage,
    error: [TaskStoreUnavailable, Unavailable, BadRequest],
  }).annotateMerge(
    describe(
      "The task table",
      "By id: tasks of all doors, and the subscriptions, each as a task that streams. `text` finds words by their beginnings in ids, projects, types, sources, symbols and errors. 1000 at most unless `limit` says otherwise.",
    ),
  ),
  HttpApiEndpoint.get("getTask", "/tasks/:id", { params: id, success: Task, error: troubles }).annotateMerge(
    describe("One task", "With its statistics, its last and next run, and its last error."),
  ),
  HttpApiEndpoint.post("createTask", "/tasks", {
    payload: NewTask,
    success: Task,
    error: troubles,
  }).annotateMerge(describe("Create a task", "Stored when it is answered, and started by its schedule.")),
  HttpApiEndpoint.patch("updateTask", "/tasks/:id", {
    params: id,
    payload: TaskChange,
    success: Task,
    error: troubles,
  }).annotateMerge(
    describe("Change a task", "A merge, and a new revision; a run goes on with it, and no other is touched."),
  ),
  HttpApiEndpoint.delete("removeTask", "/tasks/:id", {
    params: id,
    success: Task,
    error: troubles,
  }).annotateMerge(describe("Stop a task and take it out of the table")),
  steer("start", "Start a task that is stopped or has ended"),
  steer("stop", "Stop a task and keep it"),
  steer("run", "Run a task now, and answer when the run has ended"),
  HttpApiEndpoint.get("taskVersions", "/tasks/:id/versions", {
    params: id,
    success: Schema.Array(TaskVersionView),
    error: troubles,
  }).annotateMerge(describe("The revisions of a task, newest first")),
  HttpApiEndpoint.post("rollbackTask", "/tasks/:id/rollback", {
    params: id,
    payload: Schema.Struct({ revision: Schema.Int }),
    success: Task,
    error: troubles,
  }).annotateMerge(describe("The spec of an older revision, as a new one")),
] as const
