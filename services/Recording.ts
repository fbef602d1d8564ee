import { Context, type Effect, Schema, type Stream } from "effect"

/** A recording that cannot be read, or a line of it. */
export class RecordingError extends Schema.TaggedError<RecordingError>()("RecordingError", {
  file: Schema.String,
  /** The line's number from 1, where one line is to blame. */
  line: Schema.optionalKey(Schema.Number),
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.file}${this.line === undefined ? "" : `, line ${this.line}`}: ${this.detail}`
  }
}

/** One line of a recorded session, in time order. */
export interface RecordedLine {
  /** From 1. */
  readonly line: number
  /** `in`: a message received; `out`: one sent; `connect`: a socket opened; `rest`: a REST answer. */
  readonly dir: "connect" | "out" | "in" | "rest"
  /** Receive time: milliseconds, microseconds as the fraction (nanoseconds of the recording are cut off). */
  readonly receivedAt: number
  readonly url: string | undefined
  /** The message as it came off the wire, compressed where it was. */
  readonly body: Buffer
}

/** Reads recorded sessions: JSON lines, plain or gzip. */
export class Recordings extends Context.Service<
  Recordings,
  {
    /** Its lines in arrays of some hundred, read as they are consumed. */
    readonly read: (file: string) => Stream.Stream<ReadonlyArray<RecordedLine>, RecordingError>
    /** The size of the file in bytes, for progress. */
    readonly exists: (file: string) => Effect.Effect<void, RecordingError>
  }
>()("millrace/services/Recordings") {}
