import { Clock, Context, Duration, Effect, Layer, Option, Result, Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { Collection } from "../../services/Collection.ts"
import type { TasksConfig } from "../../services/TasksConfig.ts"
import { TaskRunner } from "../../services/TaskRunner.ts"
import { Tasks } from "../../services/Tasks.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigError, renderProblem } from "../config/ConfigError.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import { type TimeZone, timeZone, utc } from "../domain/cron/TimeZone.ts"
import type { TaskSpec } from "../domain/Task.ts"
import * as Door from "../tasks/doors/Door.ts"
import { specOf } from "../tasks/doors/TaskDocument.ts"
import type { Words } from "../tasks/doors/Words.ts"
import { makeVenueRunner } from "../tasks/history/VenueRunner.ts"
import { withSubscriptions } from "../tasks/StreamRows.ts"
import type { PlaneOptions } from "../tasks/PlaneTasks.ts"
import { makeTaskTable } from "../tasks/TaskTable.ts"

interface Wanted {
  readonly specs: ReadonlyArray<TaskSpec>
  readonly problems: Array<{ readonly path: string; readonly detail: string }>
}

/** The tasks of the configuration, read as a door reads them. */
const listed = (
  { list }: TasksConfig,
  reading: { readonly now: number; readonly zone: typeof utc },
): Wanted => {
  const problems: Wanted["problems"] = []
  const names = list.map(({ task_id }) => task_id)
  const specs = list.map((entry, index) => {
    const found: Array<Words> = []
    const { task_id, ...document } = entry
    const spec = specOf(task_id, { dataset: entry.data_type, ...document }, reading, found)
    for (const { en } of found) problems.push({ path: `tasks.list[${index}]`, detail: en })
    if (names.indexOf(task_id) !== index)
      problems.push({ path: `tasks.list[${index}].task_id`, detail: `"${task_id}" is the name of two tasks` })
    return spec
  })
  return { specs, problems }
}

/** The time zone of cron expressions: what `system.timeZone` says, else UTC. */
export const zoneOf = (system: MillraceConfig["system"]): Effect.Effect<TimeZone, ConfigError> => {
  const name = system?.timeZone
  const zone = name === undefined || name === "" ? utc : timeZone(name)
  const problem = { path: "system.timeZone", detail: `this machine knows no time zone "${name}"` }
  return zone === undefined
    ? Effect.fail(new ConfigError({ problems: [problem], warnings: [] }))
    : Effect.succeed(zone)
}

const readTasks = Effect.fnUntraced(function* ({ system, tasks }: MillraceConfig) {
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
  const zone = yield* zoneOf(system)
  const { problems, specs } = listed(tasks, { now, zone })
  if (problems.length > 0) return yield* new ConfigError({ problems, warnings: [] })
  return { specs, zone }
})

/** The configuration's tasks after each edit of it that changes them. One that is wrong is said, and changes nothing. */
const editsOf = (config: MillraceConfig, { edits }: AppConfig["Service"]) => {
  let list = config.tasks.list
  return edits?.pipe(
    Stream.mapEffect((edited) =>
      Effect.flatMap(Effect.fromResult(edited), (loaded) =>
        Effect.map(readTasks(loaded.config), ({ specs }) => ({ specs, list: loaded.config.tasks.list })),
      ).pipe(
        Effect.tapError(({ problems }) =>
          Effect.logError(
            `the configuration was edited and is wrong; the tasks are as before: ${problems.map(renderProblem).join("; ")}`,
          ),
        ),
        Effect.option,
      ),
    ),
    Stream.filterMap((read) =>
      Option.match(read, { onNone: () => Result.failVoid, onSome: (value) => Result.succeed(value) }),
    ),
    Stream.filter((read) => !isDeepStrictEqual(read.list, list)),
    Stream.tap((read) => {
      ;({ list } = read)
      return Effect.logInfo(`the configuration was edited: tasks.list has ${list.length} tasks now`)
    }),
    Stream.map(({ specs }) => specs),
  )
}

/** Between the last checkpoint and the end of a cloud function. */
const reserve = Duration.minutes(1)

/** How often it is looked whether the sinks have everything. */
const lookEvery = Duration.millis(50)

/** In a cloud function an event is answered once the sinks have what its runs brought: then the process may be frozen. */
const cloudDoor = ({ runtime }: MillraceConfig, { accounts }: Collection["Service"]): Door.DoorOptions => {
  if (runtime?.mode !== "serverless") return {}
  const { timeout } = runtime.serverless ?? {}
  const delivered = Effect.map(accounts, ({ sinks }) => sinks.every(({ waiting }) => waiting === 0))
  return {
    eventsAlone: runtime.serverless?.enable_local_timer !== true,
    ...(timeout === undefined
      ? {}
      : { eventBudget: Duration.max(Duration.seconds(1), Duration.subtract(timeout, reserve)) }),
    settled: Effect.fnUntraced(function* (untilMillis) {
      while (!(yield* delivered)) {
        if ((yield* Clock.currentTimeMillis) >= untilMillis)
          return yield* Effect.logWarning(
            "the event is answered before the sinks have everything: what waits stays in the journal for the next one",
          )
        yield* Effect.sleep(lookEvery)
      }
    }),
  }
}

/**
 * The task table of a collector, with the subscriptions of its collection in it, and the doors to it. Without tasks it
 * costs nothing but a look at the files of the configuration each second.
 */
export const makeTasks = Effect.fnUntraced(function* (
  config: MillraceConfig,
  collection: Collection["Service"],
  plane: PlaneOptions,
) {
  const { runtime, tasks } = config
  const fileEdits = editsOf(config, yield* AppConfig)
  const { specs, zone } = yield* readTasks(config)
  const runner = yield* makeVenueRunner
  const table = yield* makeTaskTable({
    concurrency: tasks.concurrency,
    perSource: tasks.perSource,
    timers: runtime?.mode !== "serverless" || runtime.serverless?.enable_local_timer === true,
    zone,
    retentionMillis: Duration.toMillis(tasks.retention),
    file: specs,
    ...(fileEdits === undefined ? {} : { fileEdits }),
    plane,
  }).pipe(Effect.provideService(TaskRunner, runner))
  const service = yield* withSubscriptions(table.service, collection)
  const door = yield* Layer.build(
    Door.layer({ timeZone: zone, ...cloudDoor(config, collection) }).pipe(
      Layer.provide(Layer.succeed(Tasks, service)),
    ),
  )
  return { run: table.run, services: Context.add(door, Tasks, service) }
})
