import { Console, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { taskStates } from "../domain/Task.ts"
import { instanceFlag } from "./InstanceFlag.ts"
import { writeOut } from "./Output.ts"
import { askInstance, understood } from "./TaskAsk.ts"
import { eventFields, json, taskFlags, taskId } from "./TaskFlags.ts"
import { TaskPage, taskPage, TaskRow, taskTable, TaskVersionRow } from "./TaskText.ts"

/** The width of the terminal, where stdout is one. */
const width = (): Option.Option<number> =>
  process.stdout.isTTY === true ? Option.some(process.stdout.columns ?? 80) : Option.none()

const printLines = (lines: ReadonlyArray<string>) => writeOut(lines.map((line) => `${line}\n`).join(""))
const printJson = (value: unknown) => writeOut(`${JSON.stringify(value)}\n`)

/** One line of what was done: `task_001 running: task created`. */
const sayDone = Effect.fnUntraced(function* (data: Readonly<Record<string, unknown>>, asJson: boolean) {
  if (asJson) return yield* printJson(data)
  const { message, revision, status, task_id } = data
  const state = [status, revision === undefined ? undefined : `revision ${String(revision)}`]
  const now = state.filter((each) => each !== undefined).join(", ")
  yield* printLines([`${String(task_id)}${now === "" ? "" : ` (${now})`}: ${String(message)}`])
})

export const create = Command.make(
  "create",
  { url: instanceFlag, json, ...taskFlags, task: taskId },
  Effect.fn("task.create")(function* ({ json, task, url, ...flags }) {
    const fields = yield* eventFields(flags)
    const event = {
      project_id: "default",
      ...(fields["data_type"] === undefined ? {} : { dataset: fields["data_type"] }),
      ...fields,
      action: "create_task",
      task_id: task,
    }
    yield* sayDone(yield* askInstance(url, event), json)
  }),
).pipe(
  Command.withDescription(
    "Create a task and start it by its schedule.\n\n  Without --project it belongs to `default`, without --dataset to its type.",
  ),
  Command.withShortDescription("Create a task and start it"),
  Command.withExamples([
    {
      command:
        "millrace task create btc-5m --source binance --type kline --symbols BTC-USDT --frequency 5m --history-days 1",
      description: "A day of five-minute klines now, and the new ones every five minutes",
    },
    {
      command:
        "millrace task create backfill --source binance --type kline --symbols BTC-USDT,ETH-USDT --frequency 1h --start 2024-01-01T00:00:00Z --end 2024-02-01T00:00:00Z",
      description: "A window in the past: runs once, at once",
    },
  ]),
)

export const update = Command.make(
  "update",
  { url: instanceFlag, json, ...taskFlags, task: taskId },
  Effect.fn("task.update")(function* ({ json, task, url, ...flags }) {
    const event = { ...(yield* eventFields(flags)), action: "update_task", task_id: task }
    yield* sayDone(yield* askInstance(url, event), json)
  }),
).pipe(
  Command.withDescription(
    "Change a task while it runs: what is not given stays. Each change is a new revision; `task rollback` goes back.",
  ),
  Command.withShortDescription("Change a task while it runs"),
  Command.withExamples([
    { command: "millrace task update btc-5m --symbols BTC-USDT,SOL-USDT", description: "Other symbols" },
  ]),
)

const filter = (name: string, metavar: string, what: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(what), Flag.optional)

const Listed = Schema.Struct({ tasks: Schema.Array(TaskRow) })

export const list = Command.make(
  "list",
  {
    url: instanceFlag,
    json,
    project: filter("project", "P", "Only tasks of this project"),
    status: Flag.Literals("status", taskStates).pipe(
      Flag.withDescription("Only tasks of this status"),
      Flag.optional,
    ),
    text: filter("search", "WORDS", "Only tasks with words that begin so, in ids, symbols, errors, …"),
    limit: Flag.Int("limit").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("So many at most (default 1000)"),
      Flag.withDefault(1000),
    ),
  },
  Effect.fn("task.list")(function* ({ json, limit, project, status, text, url }) {
    const event = {
      action: "list_tasks",
      project_id: Option.getOrUndefined(project),
      status: Option.getOrUndefined(status),
      text: Option.getOrUndefined(text),
      limit,
    }
    const data = yield* askInstance(url, event)
    const { tasks } = yield* understood(Listed, data)
    if (json)
      return yield* Effect.forEach(data["tasks"] as ReadonlyArray<unknown>, printJson, { discard: true })
    if (tasks.length === 0) return yield* Console.error("no such tasks")
    yield* printLines(taskTable(tasks, width()))
    if (tasks.length === limit) yield* Console.error(`there may be more than ${limit}: --limit`)
  }),
).pipe(
  Command.withDescription("List the tasks of a running instance, by id; with --json one object a line."),
  Command.withExamples([
    { command: "millrace task list --status failed", description: "What is broken, and why" },
  ]),
)

const Versions = Schema.Struct({ versions: Schema.Array(TaskVersionRow) })

export const show = Command.make(
  "show",
  { url: instanceFlag, json, task: taskId },
  Effect.fn("task.show")(function* ({ json, task, url }) {
    const data = yield* askInstance(url, { action: "get_task_status", task_id: task })
    const kept = yield* askInstance(url, { action: "list_task_versions", task_id: task })
    if (json) return yield* printJson({ ...data, versions: kept["versions"] })
    const page = yield* understood(TaskPage, data)
    const { versions } = yield* understood(Versions, kept)
    yield* printLines(taskPage(page, versions, width()))
  }),
).pipe(Command.withDescription("Show all that is known of a task: how its runs went, and its versions."))

const byId = (name: string, action: string, what: string) =>
  Command.make(
    name,
    { url: instanceFlag, json, task: taskId },
    Effect.fn(`task.${name}`)(function* ({ json, task, url }) {
      yield* sayDone(yield* askInstance(url, { action, task_id: task }), json)
    }),
  ).pipe(Command.withDescription(what))

export const stop = byId("stop", "stop_task", "Stop a task and keep it; `task start` goes on from there.")
export const start = byId("start", "start_task", "Start a task that is stopped or has ended.")
export const run = byId(
  "run",
  "run_task",
  "Run a task now, whatever its schedule says, and wait for the end.",
)
export const remove = byId("delete", "delete_task", "Stop a task and take it out of the table.")

export const rollback = Command.make(
  "rollback",
  {
    url: instanceFlag,
    json,
    task: taskId,
    revision: Argument.Int("REVISION").pipe(Argument.withDescription("As `task show` lists them")),
  },
  Effect.fn("task.rollback")(function* ({ json, revision, task, url }) {
    yield* sayDone(yield* askInstance(url, { action: "rollback_task", task_id: task, revision }), json)
  }),
).pipe(
  Command.withDescription("Make an older revision of a task the newest again."),
  Command.withExamples([{ command: "millrace task rollback btc-5m 1", description: "As it was created" }]),
)
