import { Context, type Effect, Schema, type Scope } from "effect"
import type { Envelope } from "../src/domain/Envelope.ts"

/**
 * The journal could not do what it promises. `full` and `io` may pass; `closed` will not; `refused` needs a person: what
 * stands on the disk may not be opened, and `detail` says what to do.
 */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  reason: Schema.Literals(["closed", "full", "io", "refused", "unknown_cursor"]),
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
  /** Bytes of their records, with a newline behind each. */
  readonly payload: number
  /** The position after the last of them: what `commit` takes. */
  readonly next: Position
  /**
   * Accepted envelopes among this batch's positions that cannot be given, because the disk lost them: the batch spans
   * `next - envelopes.length - lost … next`. Absent where there are none, which is always in a journal in memory.
   */
  readonly lost?: number
  /** The position of the first envelope, where some are lost; the others follow it. Else `next - envelopes.length`. */
  readonly first?: Position
}

/** Hears of accepted envelopes. Quick, and never throws. What it keeps it copies (`kept`). */
export type OnAccepted = (envelopes: ReadonlyArray<Envelope>) => void

/** What became of envelopes that `append` did not take. */
export interface Appended {
  /** There was no room, and their channels are declared to give way: `journal.whenFull`. In order. */
  readonly dropped: ReadonlyArray<Envelope>
}

/** Something that was not as it should be on the disk, and what was done. */
export interface JournalDamage {
  /**
   * `torn`: an end that was never accepted whole, cut off. `damaged`: bytes that are no valid envelopes, skipped.
   * `missing`: a file that is gone. `renamed`: a file under another name, put back. `cursors`: the cursors' file.
   */
  readonly kind: "torn" | "damaged" | "missing" | "renamed" | "cursors"
  /** The file's name in the journal's folder. */
  readonly file: string
  /** Accepted envelopes from `from` to before `to` cannot be had. Equal where none is lost. */
  readonly from: Position
  readonly to: Position
  /** For a person: where, and what was done. */
  readonly detail: string
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
  /** Why nothing is accepted at the moment; absent while all is well. */
  readonly trouble?: string
  /** Damage found so far, when it was opened and since: the latest, at most 100. */
  readonly damage?: ReadonlyArray<JournalDamage>
}

/** Which journal positions belong to. */
export interface JournalIdentity {
  /** Positions of journals with different ids have nothing to do with each other. */
  readonly id: string
  /** Whether envelopes and cursors survive the process. */
  readonly durable: boolean
}

/**
 * Cursors of runs that go on after a crash begin with this: they are no sink's, and nobody misses them in a configuration.
 * What such a one keeps is kept for its retention from the next start on, until its run takes it up again.
 */
export const runCursorPrefix = "task:"

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
  /**
   * Nobody looks any more at what this reader gave before `position`: where nobody else does, the bytes of those
   * envelopes may be written anew. A `commit` says the same, so whoever keeps an envelope beyond it copies it (`kept`).
   */
  readonly done: (position: Position) => void
}

/**
 * The local log between the collectors and the sinks. Sinks read it by cursor and see only accepted envelopes;
 * `append` is where backpressure begins when it is full.
 */
export class Journal extends Context.Service<
  Journal,
  {
    readonly identity: JournalIdentity
    /**
     * Takes a batch in order. Completes when the journal holds it (waiting for room); acceptance may follow shortly
     * after. Not interruptible once it holds the batch: all of it or none. Where there is no room and a channel is
     * declared to give way, its envelopes are dropped and given back. After a failure it holds and drops none.
     * `onAccepted` is told once, when those of the batch that it holds are accepted, with these: synchronously, in the
     * order of the journal, perhaps before `append` completes.
     */
    readonly append: (
      envelopes: ReadonlyArray<Envelope>,
      onAccepted?: OnAccepted,
    ) => Effect.Effect<void | Appended, JournalError>
    /**
     * The process is about to end: from now on a durable journal takes what it is given although it has reached its
     * size, so that what was read outlives the process. Whoever says so reads nothing new.
     */
    readonly admitAll: Effect.Effect<void>
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
