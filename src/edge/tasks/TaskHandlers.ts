import { Effect, Option } from "effect"
import { HttpApi, HttpApiBuilder } from "effect/http-api"
import { type TaskRefused, Tasks } from "../../../services/Tasks.ts"
import type { TaskStoreError } from "../../../services/TaskStore.ts"
import { type TaskSpec, taskStates } from "../../domain/Task.ts"
import { TaskTable } from "../Api.ts"
import { BadRequest, TaskConflict, TaskNotFound, TaskStoreUnavailable, Unavailable } from "../ApiErrors.ts"
import { type NewTask, usualPage } from "./TaskApi.ts"

const noTable = new Unavailable({ error: "this instance has no task table, or is still starting" })

const storeError = ({ message, reason }: TaskStoreError) =>
  new TaskStoreUnavailable({ error: message, reason })

const explain = (error: TaskRefused | TaskStoreError) => {
  if (error._tag === "TaskStoreError") return storeError(error)
  const { message, reason } = error
  if (reason === "unknown") return new TaskNotFound({ error: message })
  if (reason === "invalid")
    return new BadRequest({ error: message, problems: [{ path: "body", expected: message }] })
  return new TaskConflict({ error: message, reason })
}

const frequencyOf = (schedule: TaskSpec["schedule"]): string =>
  schedule.kind === "cron"
    ? schedule.expression
    : schedule.kind === "interval"
      ? schedule.interval
      : schedule.kind

const specOf = (task: typeof NewTask.Type): TaskSpec => ({
  projectId: "default",
  dataset: task.dataType,
  frequency: frequencyOf(task.schedule),
  window: {},
  batchSize: 100,
  historyDays: 30,
  params: {},
  ...task,
})

/** The table, where there is one. */
const table = Effect.flatMap(
  Effect.serviceOption(Tasks),
  Option.match({ onNone: () => Effect.fail(noTable), onSome: Effect.succeed }),
)

/** The group `taskTable` of the API of that name. */
export const taskTableHandlers = <const Id extends string>(apiId: Id) =>
  HttpApiBuilder.group(
    HttpApi.make(apiId).add(TaskTable),
    "taskTable",
    Effect.fnUntraced(function* (handlers) {
      const services = yield* Effect.context()

      const asked = <A>(
        question: (tasks: Tasks["Service"]) => Effect.Effect<A, TaskRefused | TaskStoreError>,
      ) =>
        Effect.flatMap(Effect.provideContext(table, services), (tasks) =>
          Effect.mapError(question(tasks), explain),
        )

      return handlers
        .handle("listTasks", ({ query: { project, ...filter } }) =>
          Effect.gen(function* () {
            const tasks = yield* Effect.provideContext(table, services)
            const all = yield* Effect.mapError(tasks.list(), storeError)
            const listed = yield* Effect.mapError(
              tasks.list({
                limit: usualPage,
                ...filter,
                ...(project === undefined ? {} : { projectId: project }),
              }),
              storeError,
            )
            const counts = Object.fromEntries(
              taskStates.map((state) => [state, all.filter((task) => task.state === state).length]),
            )
            return { tasks: listed, counts }
          }),
        )
        .handle("getTask", ({ params: { id } }) =>
          Effect.gen(function* () {
            const task = yield* asked((tasks) => tasks.get(id))
            return task ?? (yield* new TaskNotFound({ error: `there is no task "${id}"` }))
          }),
        )
        .handle("createTask", ({ payload }) => asked((tasks) => tasks.create(specOf(payload), "api")))
        .handle("updateTask", ({ params: { id }, payload }) => {
          const frequency = payload.schedule === undefined ? {} : { frequency: frequencyOf(payload.schedule) }
          return asked((tasks) => tasks.update(id, { ...frequency, ...payload }))
        })
        .handle("removeTask", ({ params: { id } }) => asked((tasks) => tasks.remove(id)))
        .handle("startTask", ({ params: { id } }) => asked((tasks) => tasks.start(id)))
        .handle("stopTask", ({ params: { id } }) => asked((tasks) => tasks.stop(id)))
        .handle("runTask", ({ params: { id } }) => asked((tasks) => tasks.run(id)))
        .handle("taskVersions", ({ params: { id } }) =>
          asked((tasks) =>
            Effect.map(tasks.versions(id), (versions) =>
              versions.map(({ revision, savedAt, task }) => ({ revision, savedAt, spec: task.spec })),
            ),
          ),
        )
        .handle("rollbackTask", ({ params: { id }, payload: { revision } }) =>
          asked((tasks) => tasks.rollback(id, revision)),
        )
    }),
  )
