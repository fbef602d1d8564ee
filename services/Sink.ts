import { type Effect, Schema, type Scope } from "effect"
import type { Envelope } from "../src/domain/Envelope.ts"
import type { JournalIdentity, Position } from "./Journal.ts"

/**
 * A sink could not deliver. `unavailable` passes by itself (a broker that is away, a full disk): the sink is opened
 * again from its cursor, for ever, with growing delay. `refused` needs a person (a topic that may not be created, a
 * folder that may not be written): also retried, but said at once and loudly, with what to do.
 */
export class SinkError extends Schema.TaggedError<SinkError>()("SinkError", {
  sink: Schema.String,
  reason: Schema.Literals(["unavailable", "refused"]),
  /** What happened, where, and what to do about it. */
  detail: Schema.String,
}) {
  override get message(): string {
    return `sink ${this.sink}: ${this.detail}`
  }
}

/** A record that the sink will never take, while it takes its neighbours. */
export interface RefusedRecord {
  /** One of those that `write` was given. */
  readonly envelope: Envelope
  /** One of a closed list: `too_large`. */
  readonly reason: string
  /** What was wrong with it, for a person. */
  readonly detail: string
  /** How often it was tried. */
  readonly attempts: number
}

/** What a delivery did with envelopes that it could not deliver and never will. */
export interface Undelivered {
  /** Kept with their bytes before the cursor moves past them. */
  readonly deadLettered: ReadonlyArray<RefusedRecord>
  /** The sink has had `write`'s `keep` keep them already. */
  readonly kept?: true
  /** By reason. */
  readonly dropped: Readonly<Record<string, number>>
}

/** An open sink. */
export interface SinkWriter {
  /**
   * Takes a batch in order. The outer effect completes when the writer wants more (its backpressure and pace); the
   * inner one when every envelope of the batch is delivered: written and flushed, or acknowledged. The cursor moves
   * by the inner ones, in order. Both uninterruptible or harmless to interrupt: after a failure the writer is closed
   * and everything past the cursor is given again to a new one. `next` is the journal's position after the batch. The
   * inner one says what became of envelopes that were settled without being delivered, if there were any. `keep` is
   * for a sink whose own cursor moves past refused ones before the inner effect completes: it keeps them first.
   *
   * Envelopes are the writer's to look at until the inner effect succeeds: then their bytes may be written anew. What is kept
   * for longer is copied (`kept`).
   */
  readonly write: (
    envelopes: ReadonlyArray<Envelope>,
    next: Position,
    keep?: (refused: ReadonlyArray<RefusedRecord>) => Effect.Effect<void, SinkError>,
  ) => Effect.Effect<Effect.Effect<void | Undelivered, SinkError>, SinkError>
  /**
   * For a sink whose deliveries become safe against a crash of the machine only later, in groups: completes with a
   * position past `after` once everything before it is safe. The cursor then moves by these instead of by deliveries.
   */
  readonly settled?: (after: Position) => Effect.Effect<Position, SinkError>
  /**
   * For a sink with `settled`: makes safe at once what it has taken, instead of when the next group is due, and says up
   * to where. Asked once, when it is about to be closed in peace and gets nothing more: so that the cursor is exact
   * then. Bounded by the sink.
   */
  readonly settleNow?: Effect.Effect<Position, SinkError>
  /**
   * For a sink that sits an outage out by itself, because closing it could leave duplicates: why nothing gets through
   * at the moment, for status and readiness; `undefined` while all is well.
   */
  readonly trouble?: () => string | undefined
}

/** Where a sink's cursor stands. */
export interface SinkCursor {
  readonly journal: JournalIdentity
  readonly position: Position
}

/** Where records go. */
export interface Sink {
  /** The name of its cursor in the journal, unique in a configuration. */
  readonly name: string
  /** `files`, `kafka`, `stdout`, `memory`. */
  readonly type: string
  /** Envelopes in one `write` at most. */
  readonly maxBatch: number
  /**
   * For a sink that keeps its position with its data: brings the data to a known state and says from where to go on,
   * which is at or after the cursor. Called before each `open`. What it holds already is not given to it again: exactly
   * once.
   */
  readonly recover?: (cursor: SinkCursor) => Effect.Effect<Position, SinkError>
  /** Opens it: connects, recovers. Closing the scope finishes what was taken, within the closing deadline, then closes. */
  readonly open: Effect.Effect<SinkWriter, SinkError, Scope.Scope>
}
