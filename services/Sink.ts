import { type Effect, Schema, type Scope } from "effect"
import type { Envelope } from "../src/domain/Envelope.ts"

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

/** An open sink. */
export interface SinkWriter {
  /**
   * Takes a batch in order. The outer effect completes when the writer has room for more (its backpressure); the
   * inner one when every envelope of the batch is delivered: written and flushed, or acknowledged. The cursor moves
   * by the inner ones, in order. Both uninterruptible or harmless to interrupt: after a failure the writer is closed
   * and everything past the cursor is given again to a new one.
   */
  readonly write: (
    envelopes: ReadonlyArray<Envelope>,
  ) => Effect.Effect<Effect.Effect<void, SinkError>, SinkError>
}

/** Where records go. */
export interface Sink {
  /** The name of its cursor in the journal, unique in a configuration. */
  readonly name: string
  /** `files`, `kafka`, `stdout`, `memory`. */
  readonly type: string
  /** Envelopes in one `write` at most. */
  readonly maxBatch: number
  /** Opens it: connects, recovers. Closing the scope finishes what was taken, within the closing deadline, then closes. */
  readonly open: Effect.Effect<SinkWriter, SinkError, Scope.Scope>
}
