import { Console, Effect, FileSystem, Result, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { parseCron } from "../domain/cron/Cron.ts"
import { nextFires } from "../domain/cron/CronNext.ts"
import { timeZone } from "../domain/cron/TimeZone.ts"
import { parseInstant, writeInstant } from "../domain/Instant.ts"
import { due as dueIntervals, isInterval } from "../domain/Interval.ts"
import { tasksDigest } from "../domain/TasksDigest.ts"
import { CommandError } from "./CommandError.ts"
import { writeOut } from "./Output.ts"

const fail = (detail: string) => new CommandError({ detail })

const instant = Effect.fnUntraced(function* (flag: string, text: string) {
  return (
    parseInstant(text) ??
    (yield* fail(`${flag} "${text}" is no time: RFC 3339 is expected, such as 2026-01-01T00:00:00Z`))
  )
})

const printLines = (lines: ReadonlyArray<string>) =>
  lines.length === 0 ? Effect.void : writeOut(`${lines.join("\n")}\n`)

export interface NextOptions {
  readonly cron: string
  readonly after: string
  readonly count: number
  readonly timeZone: string
}

/** The lines of `task next`. */
export const nextLines = Effect.fnUntraced(function* (options: NextOptions) {
  const cron = parseCron(options.cron)
  if (Result.isFailure(cron))
    return yield* fail(`bad cron expression "${options.cron}": ${cron.failure.message}`)
  const after = yield* instant("--after", options.after)
  const zone = timeZone(options.timeZone)
  if (zone === undefined)
    return yield* fail(
      `--time-zone "${options.timeZone}" is not known: an IANA name is expected, such as UTC`,
    )
  return nextFires(cron.success, after, options.count, zone).map(writeInstant)
})

export const next = Command.make(
  "next",
  {
    cron: Flag.String("cron").pipe(
      Flag.withMetavar("EXPR"),
      Flag.withDescription(
        "5 fields (minute to day-of-week), 6 (minute to year) or 7 (second to year), or @hourly to @annually",
      ),
    ),
    after: Flag.String("after").pipe(
      Flag.withMetavar("TIME"),
      Flag.withDescription("The times after this one, RFC 3339"),
    ),
    count: Flag.Int("count").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("How many (default 5)"),
      Flag.withDefault(5),
      Flag.filter(
        (value) => value > 0,
        () => "a number above 0",
      ),
    ),
    timeZone: Flag.String("time-zone").pipe(
      Flag.withMetavar("ZONE"),
      Flag.withDescription("Whose clocks the fields speak of: `system.timeZone` (default UTC)"),
      Flag.withDefault("UTC"),
    ),
  },
  Effect.fn("task.next")(function* (options) {
    const lines = yield* nextLines(options)
    yield* printLines(lines)
    if (lines.length < options.count)
      yield* Console.error(
        `millrace: "${options.cron}" fires ${lines.length === 0 ? "never" : "no more"} after ${lines.at(-1) ?? options.after}`,
      )
  }),
).pipe(
  Command.withDescription("Print when a cron expression fires next, one time a line, in UTC."),
  Command.withExamples([
    {
      command: 'millrace task next --cron "0 */5 * * * * *" --after 2026-01-01T00:00:00Z --count 3',
      description: "Every five minutes: seven fields, seconds first",
    },
  ]),
)

/** The lines of `task due`. */
export const dueLines = Effect.fnUntraced(function* (options: {
  readonly intervals: string
  readonly at: string
}) {
  const intervals = options.intervals.split(",").map((text) => text.trim())
  const wrong = intervals.filter((text) => !isInterval(text))
  if (wrong.length > 0)
    return yield* fail(
      `no interval: ${wrong.map((text) => `"${text}"`).join(", ")}; a number and m, h, d, w or M is expected, such as 5m`,
    )
  return dueIntervals(intervals, yield* instant("--at", options.at))
})

export const due = Command.make(
  "due",
  {
    intervals: Flag.String("intervals").pipe(
      Flag.withMetavar("LIST"),
      Flag.withDescription("Intervals with commas between: 1m,5m,1h,1d,1w,1M"),
    ),
    at: Flag.String("at").pipe(Flag.withMetavar("TIME"), Flag.withDescription("The moment, RFC 3339")),
  },
  Effect.fn("task.due")(function* (options) {
    yield* printLines(yield* dueLines(options))
  }),
).pipe(
  Command.withDescription(
    "Print which intervals are due in the minute of a moment, one a line; nothing when none is.",
  ),
  Command.withExamples([
    { command: "millrace task due --intervals 1m,5m,1h --at 2026-01-01T00:05:00Z", description: "1m and 5m" },
  ]),
)

/** What the digest is of; what Go leaves out is empty. */
const Instance = Schema.Struct({
  task_id: Schema.String,
  invalid: Schema.optionalKey(Schema.Int),
})

const decodeInstances = Schema.decodeUnknownEffect(Schema.Array(Instance))

/** The line of `task digest`, of a file's text. */
export const digestOf = Effect.fnUntraced(function* (name: string, text: string) {
  const parsed = yield* Effect.try({
    try: () => JSON.parse(text) as unknown,
    catch: (cause) => fail(`${name} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`),
  })
  const instances = yield* Effect.mapError(decodeInstances(parsed), (error) =>
    fail(
      `${name} is no list of task instances ({ "task_id": text, "invalid": 0 or 1 }): ${error.message.replace(/\s+/g, " ")}`,
    ),
  )
  return tasksDigest(instances.map(({ invalid = 0, task_id }) => ({ task_id, invalid })))
})

export const digest = Command.make(
  "digest",
  {
    file: Argument.String("FILE").pipe(Argument.withDescription("A JSON list of task instances")),
  },
  Effect.fn("task.digest")(function* ({ file }) {
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(fs.readFileString(file), (error) =>
      fail(`cannot read ${file}: ${error.message}`),
    )
    yield* printLines([yield* digestOf(file, text)])
  }),
).pipe(
  Command.withDescription(
    "Print `tasks_md5` of a list of task instances: what a node and its control plane compare.",
  ),
)
