import { Context, type Effect } from "effect"
import type { Envelope } from "../src/domain/Envelope.ts"
import type { JournalError, Position } from "./Journal.ts"

/** State that is a function of everything accepted, such as the ledgers of the streams. */
export interface Follower {
  /** Everything accepted, in order, once. Synchronous and quick: it runs before any reader sees the batch. Keeps no envelope. */
  readonly accepted: (envelopes: ReadonlyArray<Envelope>, next: Position) => void
  /** The state after everything given to `accepted` so far. Called when a segment begins; may be large, rarely called. */
  readonly checkpoint: () => Uint8Array
}

/** What a follower once gave, and the position that it stands for: everything accepted before it, and nothing after. */
export interface Checkpoint {
  readonly position: Position
  readonly bytes: Uint8Array
}

/**
 * The slot with which each segment of a durable journal opens, so that what is known of quiet streams outlives the
 * retention of their records. A checkpoint is carried on until a follower gives a new one.
 */
export class JournalCheckpoints extends Context.Service<
  JournalCheckpoints,
  {
    /** The latest that was found whole when the journal was opened. Of no use to a follower of another format. */
    readonly lastCheckpoint: Checkpoint | undefined
    /**
     * First gives the follower what was accepted since `from` (a checkpoint's position, or 0) and is still held, then
     * each batch as it is accepted, without a seam. Completes when it has caught up. One follower; `missed` is the
     * number of envelopes since `from` that are no longer held.
     */
    readonly follow: (
      from: Position,
      follower: Follower,
    ) => Effect.Effect<{ readonly missed: number }, JournalError>
    /**
     * Gives what is held from `margin` envelopes before the first that some sink has yet to get, up to what is accepted
     * now; nothing where every sink has everything. `isAfterHole`: accepted envelopes right before these are lost.
     */
    readonly review: (
      margin: number,
      visit: (envelopes: ReadonlyArray<Envelope>, isAfterHole: boolean) => void,
    ) => Effect.Effect<void, JournalError>
  }
>()("millrace/services/JournalCheckpoints") {}
