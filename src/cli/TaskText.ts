import { Option, Schema } from "effect"

/** Tasks as text: a table, or all that is known of one. What an instance leaves out is left out here. */

const text = Schema.optionalKey(Schema.String)

export const TaskRow = Schema.Struct({
  task_id: Schema.String,
  project_id: Schema.String,
  status: Schema.String,
  dataset: text,
  data_type: text,
  source: text,
  symbols: Schema.optionalKey(Schema.Array(Schema.String)),
  frequency: text,
  origin: text,
  revision: Schema.optionalKey(Schema.Int),
  start_time: text,
  end_time: text,
  last_run: text,
  next_run: text,
  error: text,
})
export type TaskRow = typeof TaskRow.Type

export const TaskPage = Schema.Struct({
  ...TaskRow.fields,
  config: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
  statistics: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
})
export type TaskPage = typeof TaskPage.Type

export const TaskVersionRow = Schema.Struct({
  revision: Schema.Int,
  saved_at: Schema.String,
  data_type: text,
  source: text,
  symbols: Schema.optionalKey(Schema.Array(Schema.String)),
  frequency: text,
})
export type TaskVersionRow = typeof TaskVersionRow.Type

/** Control characters of whoever made a task must not reach a terminal. */
const plain = (value: string): string => value.replace(/\p{Cc}/gu, "·")

const few = (symbols: ReadonlyArray<string> = []): string =>
  symbols.length <= 3 ? symbols.join(",") : `${symbols.slice(0, 3).join(",")} +${symbols.length - 3}`

/** Columns as wide as their widest cell; the last is cut where the terminal ends. */
export const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  columns: Option.Option<number>,
): ReadonlyArray<string> => {
  const cells = [head, ...rows].map((row) => row.map(plain))
  const widths = head.map((_, index) => Math.max(...cells.map((row) => row[index]!.length)))
  return cells.map((row) => {
    const line = row
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd()
    const most = Option.getOrElse(columns, () => Infinity)
    return line.length <= most ? line : `${line.slice(0, most - 1)}…`
  })
}

export const taskTable = (
  tasks: ReadonlyArray<TaskRow>,
  columns: Option.Option<number>,
): ReadonlyArray<string> =>
  table(
    ["TASK", "STATUS", "PROJECT", "SOURCE", "TYPE", "SYMBOLS", "FREQUENCY", "NEXT RUN", "ERROR"],
    tasks.map((task) => [
      task.task_id,
      task.status,
      task.project_id,
      task.source ?? "",
      task.data_type ?? "",
      few(task.symbols),
      task.frequency ?? "",
      task.next_run ?? "",
      task.error ?? "",
    ]),
    columns,
  )

const versionTable = (versions: ReadonlyArray<TaskVersionRow>, columns: Option.Option<number>) =>
  table(
    ["REVISION", "SAVED", "SOURCE", "TYPE", "SYMBOLS", "FREQUENCY"],
    versions.map((each) => [
      String(each.revision),
      each.saved_at,
      each.source ?? "",
      each.data_type ?? "",
      few(each.symbols),
      each.frequency ?? "",
    ]),
    columns,
  )

/** Everything of one task, and its versions. */
export const taskPage = (
  task: TaskPage,
  versions: ReadonlyArray<TaskVersionRow>,
  columns: Option.Option<number>,
): ReadonlyArray<string> => {
  const counts = Object.entries(task.statistics ?? {}).map(([name, count]) => `${name} ${count}`)
  const config = Object.entries(task.config ?? {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    ["task", task.task_id],
    ["status", task.status],
    ["error", task.error],
    ["project", task.project_id],
    ["dataset", task.dataset],
    ["source", task.source],
    ["type", task.data_type],
    ["symbols", task.symbols?.join(", ")],
    ["frequency", task.frequency],
    ["from", task.start_time],
    ["until", task.end_time],
    ["config", config.join(", ")],
    ["last run", task.last_run],
    ["next run", task.next_run],
    ["so far", counts.join(", ")],
    ["origin", task.origin],
    ["revision", task.revision?.toString()],
  ]
  return [
    ...facts
      .filter(([, value]) => value !== undefined && value !== "")
      .map(([name, value]) => `${name.padEnd(10)} ${plain(value!)}`),
    ...(versions.length < 2 ? [] : ["", ...versionTable(versions, columns)]),
  ]
}
