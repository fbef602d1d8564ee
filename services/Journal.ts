import { Context, type Effect, Schema, type Scope } from "effect"
import type { Envelope } from "../src/domain/Envelope.ts"

/** The journal could not do what it promises. `full` and `io` may pass; `closed` will not. */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  reason: Schema.Literals(["closed", "full", "io", "unknown_cursor"]),
  detail: Schema.String,
}) {
  override get message(): string {
    return `journal ${this.reason}: ${this.detail}`
  }
}

/** A place in the journal: how many envelopes were accepted before it, from the first one ever. */
export type Position = number

/** Accepted envelopes in order, from a cursor's position. */
export interface JournalBatch {
  readonly envelopes: ReadonlyArray<Envelope>
  /** The position after the last of them: what `commit` takes. */
  readonly next: Position
}

export interface CursorStatus {
  readonly name: string
  /** Everything before it is delivered. */
  readonly position: Position
  /** Where it began: accepted since then = delivered + waiting. */
  readonly began: Position
  /** Accepted and not yet delivered. */
  readonly waiting: number
  readonly waitingBytes: number
}

export interface JournalStatus {
  readonly kind: string
  /** Envelopes accepted from the first one ever. */
  readonly accepted: Position
  readonly bytes: number
  readonly capacityBytes: number
  readonly cursors: ReadonlyArray<CursorStatus>
}

/** Which journal positions belong to. */
export interface JournalIdentity {
  /** Positions of journals with different ids have nothing to do with each other. */
  readonly id: string
  /** Whether envelopes and cursors survive the process. */
  readonly durable: boolean
}

/** One sink's reader. Reading moves ahead of the cursor; only `commit` moves the cursor. */
export interface JournalReader {
  readonly name: string
  /** The cursor's position when the reader was opened: where the first `take` begins. */
  readonly start: Position
  /**
   * The next accepted envelopes, at least one, at most `maxItems` and, beyond the first, `maxBytes` of payload; waits
   * for them. Interruptible: nothing is lost, the next `take` gives the same again. One `take` at a time.
   */
  readonly take: (maxItems: number, maxBytes?: number) => Effect.Effect<JournalBatch, JournalError>
  /**
   * Everything before `position` is delivered and need not be kept for this reader. A position at or before the
   * cursor changes nothing; one past what was accepted fails with `unknown_cursor`.
   */
  readonly commit: (position: Position) => Effect.Effect<void, JournalError>
  /** The next `take` begins at `position`, between the cursor and the end; elsewhere fails with `unknown_cursor`. The cursor stays. */
  readonly seek: (position: Position) => Effect.Effect<void, JournalError>
}

/**
 * The local log between the collectors and the sinks. Sinks read it by cursor and see only accepted envelopes;
 * `append` is where backpressure begins when it is full.
 */
export class Journal extends Context.Service<
  Journal,
  {
    readonly identity: JournalIdentity
    /** Takes a batch in order. Completes when the journal holds it (waiting for room); acceptance may follow shortly after. Not interruptible once it holds the batch: all of it or none. */
    readonly append: (envelopes: ReadonlyArray<Envelope>) => Effect.Effect<void, JournalError>
    /** Completes when everything appended before is accepted. */
    readonly sync: Effect.Effect<void, JournalError>
    /** Opens the reader of a cursor, at its committed position; a new cursor begins at the first envelope held (`earliest`) or after the last (`latest`). One reader per cursor at a time; closing its scope keeps the cursor. Opening a second fails with `unknown_cursor`. */
    readonly reader: (
      name: string,
      from: "earliest" | "latest",
    ) => Effect.Effect<JournalReader, JournalError, Scope.Scope>
    /** Drops a cursor whose sink is gone for good, so that nothing is kept for it. Its reader, if open, fails with `unknown_cursor`. */
    readonly forget: (name: string) => Effect.Effect<void, JournalError>
    readonly status: Effect.Effect<JournalStatus>
  }
>()("millrace/services/Journal") {}
