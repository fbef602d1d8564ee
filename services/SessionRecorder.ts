import { Context, type Effect, Schema } from "effect"

/** What was recorded cannot be written; recording is over, and `detail` says what to do. */
export class SessionRecorderError extends Schema.TaggedError<SessionRecorderError>()("SessionRecorderError", {
  path: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

/** Something that passed between us and a venue. Times are milliseconds, microseconds as the fraction. */
export type Passed =
  | { readonly dir: "connect"; readonly at: number; readonly url: string }
  | { readonly dir: "out"; readonly at: number; readonly text: string }
  | { readonly dir: "rest"; readonly at: number; readonly url: string; readonly body: Uint8Array }
  /** Messages as they came off the wire; the bytes are the socket's own and are read at once. */
  | { readonly dir: "in"; readonly at: ReadonlyArray<number>; readonly frames: ReadonlyArray<Uint8Array> }

/** Keeps sessions as they were, one file a venue, in the form that `Recordings` reads. */
export class SessionRecorder extends Context.Service<
  SessionRecorder,
  {
    /** Whether there is room. Without it nothing is kept, and whoever reads waits for `room`: nothing is left out. */
    readonly take: (venue: string, passed: Passed) => boolean
    readonly room: Effect.Effect<void>
    /** Fails when it cannot go on. */
    readonly failure: Effect.Effect<never, SessionRecorderError>
    /** What stands in the files so far. */
    readonly files: Effect.Effect<ReadonlyArray<{ readonly path: string; readonly lines: number }>>
  }
>()("millrace/services/SessionRecorder") {}
