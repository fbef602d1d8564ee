import { Context, type Effect, Schema } from "effect"

/** One line of the log, as a log service keeps it: names and texts. */
export interface LogEntry {
  /** Microseconds since the epoch. */
  readonly at: number
  readonly fields: Readonly<Record<string, string>>
}

/** The log service did not take a batch. */
export class LogServiceError extends Schema.TaggedError<LogServiceError>()("LogServiceError", {
  /** `unreachable`: not there, too busy, or failing: another try may do. `refused`: it will refuse the same again. */
  reason: Schema.Literals(["unreachable", "refused"]),
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}

/** Takes batches of log lines: one try each. */
export class LogService extends Context.Service<
  LogService,
  {
    /** For people: which service, which topic. */
    readonly name: string
    /** All of them are kept when it comes back. */
    readonly send: (entries: ReadonlyArray<LogEntry>) => Effect.Effect<void, LogServiceError>
  }
>()("millrace/services/LogService") {}
