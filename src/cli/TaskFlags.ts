import { Effect, FileSystem, Option } from "effect"
import { Argument, Flag } from "effect/cli"
import { CommandError } from "./CommandError.ts"

const text = (name: string, metavar: string, what: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(what), Flag.optional)

const whole = (name: string, what: string) =>
  Flag.Int(name).pipe(Flag.withMetavar("N"), Flag.withDescription(what), Flag.optional)

export const taskId = Argument.String("TASK").pipe(Argument.withDescription("The task's id"))

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("As JSON, for programs"),
  Flag.withDefault(false),
)

/** What a task is made of, for `create` and `update`. */
export const taskFlags = {
  project: text("project", "P", "Whose it is"),
  dataset: text("dataset", "D", "What its rows belong to"),
  source: text("source", "S", "The venue, such as binance, or a plugin's source"),
  type: text("type", "T", "kline, trade, ticker, depth, funding, open_interest, …"),
  symbols: text("symbols", "LIST", "With commas between: BTC-USDT,ETH-USDT"),
  frequency: text("frequency", "F", "5m, 1h, 1d, … aligned to UTC; a cron expression; once; stream"),
  schedule: text("schedule", "F", "When it runs, where that is another than how long its rows are"),
  start: text("start", "TIME", "Where its window starts, RFC 3339"),
  end: text("end", "TIME", "Where its window ends, RFC 3339"),
  batchSize: whole("batch-size", "Rows of one request to the venue"),
  historyDays: whole("history-days", "Days of history, where the window has no start"),
  file: text("file", "FILE", "The rest from a JSON file, in the form of the create_task event"),
}

type Given<Flags> = { readonly [Name in keyof Flags]: Option.Option<string | number> }

const names: Readonly<Record<Exclude<keyof typeof taskFlags, "file" | "symbols">, string>> = {
  project: "project_id",
  dataset: "dataset",
  source: "source",
  type: "data_type",
  frequency: "frequency",
  schedule: "schedule",
  start: "start_time",
  end: "end_time",
  batchSize: "batch_size",
  historyDays: "history_days",
}

const readDocument = Effect.fnUntraced(function* (path: string) {
  const fail = (why: string) => new CommandError({ detail: `cannot use ${path}: ${why}` })
  const fs = yield* FileSystem.FileSystem
  const content = yield* Effect.mapError(fs.readFileString(path), (error) => fail(error.message))
  const value = yield* Effect.try({
    try: () => JSON.parse(content) as unknown,
    catch: (cause) => fail(cause instanceof Error ? cause.message : String(cause)),
  })
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return yield* fail("a JSON object is expected")
  return value as Readonly<Record<string, unknown>>
})

/** The fields of an event that the flags and the file give. Flags win. */
export const eventFields = Effect.fnUntraced(function* (given: Given<typeof taskFlags>) {
  const path = Option.getOrUndefined(given.file)
  const document = path === undefined ? {} : yield* readDocument(String(path))
  const fields: Record<string, unknown> = { ...document }
  for (const [flag, field] of Object.entries(names)) {
    const value = given[flag as keyof typeof names]
    if (Option.isSome(value)) fields[field] = value.value
  }
  if (Option.isSome(given.symbols))
    fields["symbols"] = String(given.symbols.value)
      .split(",")
      .map((symbol) => symbol.trim())
      .filter((symbol) => symbol !== "")
  return fields
})
