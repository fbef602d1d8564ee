import { Duration, Effect, Fiber, type Layer, Logger, Schedule } from "effect"
import { type LogEntry, LogService, LogServiceError } from "../../services/LogService.ts"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import * as Mailbox from "../runtime/Mailbox.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { type LogLine, lines } from "./LogLine.ts"

export interface LogShippingOptions {
  /** Who logs: `Name` of each entry. */
  readonly name: string
  /** On every entry. */
  readonly context: Readonly<Record<string, string>>
  /** Other names for fields. */
  readonly fieldMap: Readonly<Record<string, string>>
  /** What may wait; beyond it new lines are dropped, counted. */
  readonly capacityBytes: number
  readonly batchItems: number
  readonly batchBytes: number
  /** How long lines wait for others. */
  readonly linger: Duration.Input
  /** Tries of a batch after the first one. */
  readonly retries: number
  readonly firstWait: Duration.Input
  readonly longestWait: Duration.Input
}

/** On the way down: what waits gets one try, all of it within this. */
const farewell = "5 seconds"

/** Of one field: a service refuses a line that is larger than a megabyte. */
const longestField = 256 * 1024

const clip = (text: string): string =>
  text.length > longestField ? `${text.slice(0, longestField)}… (${text.length} characters)` : text

const asText = (value: unknown): string =>
  clip(typeof value === "string" ? value : (JSON.stringify(value) ?? ""))

/** A line as an entry: its own words first, then who says it, then what it is about. */
export const entryOf =
  ({ context, fieldMap, name }: Pick<LogShippingOptions, "context" | "fieldMap" | "name">) =>
  ({ error, fields, level, message, stack, time }: LogLine): LogEntry => {
    const own: Record<string, unknown> = {
      Time: time,
      Level: level.toUpperCase(),
      Msg: message,
      Name: name,
      ...(error === undefined ? {} : { Error: error }),
      ...(stack === undefined ? {} : { StackTrace: stack }),
    }
    return {
      at: new Date(time).getTime() * 1000,
      fields: Object.fromEntries(
        Object.entries({ ...own, ...fields, ...context }).map(([key, value]) => [
          Object.hasOwn(fieldMap, key) ? fieldMap[key]! : key,
          asText(value),
        ]),
      ),
    }
  }

const sizeOf = ({ fields }: LogEntry): number => {
  let size = 32
  for (const [key, value] of Object.entries(fields)) size += key.length + value.length + 8
  return size
}

const batchesOf = (
  entries: ReadonlyArray<LogEntry>,
  { batchBytes, batchItems }: Pick<LogShippingOptions, "batchBytes" | "batchItems">,
): ReadonlyArray<ReadonlyArray<LogEntry>> => {
  const batches: Array<Array<LogEntry>> = []
  let bytes = Infinity
  for (const entry of entries) {
    const size = sizeOf(entry)
    const last = batches.at(-1)
    if (last === undefined || last.length >= batchItems || bytes + size > batchBytes) {
      batches.push([entry])
      bytes = size
    } else {
      last.push(entry)
      bytes += size
    }
  }
  return batches
}

/** Sends what is logged to the log service, in the background: nothing ever waits for it. */
const make = Effect.fnUntraced(function* (options: LogShippingOptions) {
  const service = yield* LogService
  const { series } = yield* Metrics
  const limited = RateLimitedLog.make()
  const dropped = (reason: "full" | "refused" | "unreachable" | "stop", count: number): void =>
    series.counter(catalog.logServiceDropped, { reason }).add(count)

  const waiting = yield* Mailbox.make<LogEntry>({
    name: "log service",
    capacity: { items: 1_000_000, bytes: options.capacityBytes },
    policy: "drop_newest",
    sizeOf,
    onDrop: () => dropped("full", 1),
  })
  /** Taken, and not yet known to be there. */
  let inHand: ReadonlyArray<ReadonlyArray<LogEntry>> = []

  const send = (batch: ReadonlyArray<LogEntry>) =>
    Effect.tap(service.send(batch), () =>
      Effect.sync(() => series.counter(catalog.logServiceSent, {}).add(batch.length)),
    )

  const again = Schedule.exponential(options.firstWait).pipe(
    Schedule.modifyDelay(({ duration }) =>
      Effect.succeed(Duration.min(duration, Duration.fromInputUnsafe(options.longestWait))),
    ),
    Schedule.jittered,
    Schedule.upTo({ times: options.retries }),
    Schedule.while(({ input }) => (input as LogServiceError).reason === "unreachable"),
  )

  const givenUp = (batch: ReadonlyArray<LogEntry>) => (error: LogServiceError) => {
    dropped(error.reason, batch.length)
    return limited.log("Warn", error.reason, () => [
      `${batch.length} log lines are not in the log service: ${error.message}; they are on stderr`,
    ])
  }

  const ship = Effect.gen(function* () {
    yield* Effect.sleep(options.linger)
    inHand = batchesOf(yield* waiting.takeAll, options)
    for (const batch of inHand) {
      yield* Effect.retry(send(batch), again).pipe(
        Effect.catch(givenUp(batch)),
        // One batch that cannot be written must not end the shipping of all that follow.
        Effect.catchDefect((defect) =>
          givenUp(batch)(new LogServiceError({ reason: "refused", detail: String(defect) })),
        ),
      )
      inHand = inHand.slice(1)
    }
  }).pipe(Effect.forever)

  const worker = yield* Effect.forkDetach(Effect.ignore(ship), { startImmediately: true })

  const sayFarewell = Effect.gen(function* () {
    yield* Fiber.interrupt(worker)
    yield* waiting.end
    const rest = yield* Effect.orElseSucceed(waiting.takeAll, (): ReadonlyArray<LogEntry> => [])
    let left = [...inHand, ...batchesOf(rest, options)]
    yield* Effect.gen(function* () {
      while (left.length > 0) {
        yield* send(left[0]!)
        left = left.slice(1)
      }
    }).pipe(
      Effect.catch((error) => limited.log("Warn", "farewell", () => [error.message])),
      Effect.timeoutOption(farewell),
    )
    const count = left.reduce((total, batch) => total + batch.length, 0)
    if (count === 0) return
    dropped("stop", count)
    yield* Effect.logWarning(`${count} log lines were not in the log service at the end; they are on stderr`)
  })
  yield* Effect.addFinalizer(() => sayFarewell)

  const toEntry = entryOf(options)
  return Logger.map(lines, (line): void => {
    if (waiting.offerUnsafe(toEntry(line)) === "ended") dropped("stop", 1)
  })
})

/**
 * Everything that is logged below this layer goes to the log service too, beside where it goes already. What the
 * shipping itself has to say goes only there. Closing the scope sends what waits.
 */
export const layer = (options: LogShippingOptions): Layer.Layer<never, never, LogService | Metrics> =>
  Logger.layer([make(options)], { mergeWithExisting: true })
