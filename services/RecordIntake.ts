import { Context, type Effect, Schema } from "effect"
import type { Decoded } from "../src/domain/Decoded.ts"
import type { Position } from "./Journal.ts"

/** What cannot become a record, and why: counted, and kept as a dead letter. */
export interface RefusedRow {
  readonly index: number
  readonly detail: string
}

export interface IntakeOutcome {
  /** Accepted: in the journal, synced. */
  readonly accepted: number
  /** Known already by their ids. */
  readonly duplicate: number
  readonly refused: ReadonlyArray<RefusedRow>
  /** The journal's end after the last of them. */
  readonly position: Position
}

export class IntakeError extends Schema.TaggedError<IntakeError>()("IntakeError", {
  reason: Schema.Literals(["closed", "stopped"]),
  detail: Schema.String,
}) {
  override get message(): string {
    return `records could not be handed in: ${this.detail}`
  }
}

/**
 * Where records come in that no socket brought: rows of history, a plugin's results. They go the same way as those of a
 * stream: validated, encoded once, through the journal to every sink, within the accounting identities. Comes back once
 * they are accepted; waits while the journal has no room.
 */
export class RecordIntake extends Context.Service<
  RecordIntake,
  {
    /** Of a venue's decoders; in order. `origin` names the task or plugin, for counters and logs; `task`: whose rows they are. */
    readonly decoded: (
      records: ReadonlyArray<Decoded>,
      origin: string,
      task?: string,
    ) => Effect.Effect<IntakeOutcome, IntakeError>
    /** Objects in the form of the output, from outside: decoded at this edge. `taskOf`: whose row one is, if anybody's. */
    readonly objects: (
      records: ReadonlyArray<unknown>,
      origin: string,
      taskOf?: (index: number) => string | undefined,
    ) => Effect.Effect<IntakeOutcome, IntakeError>
  }
>()("millrace/services/RecordIntake") {}
