import { Effect } from "effect"
import type { JournalError, Position } from "../../../services/Journal.ts"
import type { Checkpoint, Follower } from "../../../services/JournalCheckpoints.ts"
import type { DiskReader } from "./DiskReader.ts"
import { journalFailure } from "./Failure.ts"
import type { HeldBatch } from "./Held.ts"

/** Read at once while catching up. */
const maxItems = 4096

/** The follower of a journal, and the checkpoint that its next segment opens with. */
export class Following {
  private follower: Follower | undefined
  private carried: Checkpoint | undefined
  /** Everything before it was given to the follower. */
  private at: Position = 0

  constructor(last: Checkpoint | undefined) {
    this.carried = last
  }

  get carries(): boolean {
    return this.follower !== undefined || this.carried !== undefined
  }

  /** What was accepted, in order. */
  accepted(batches: ReadonlyArray<HeldBatch>, first: Position): void {
    if (this.follower === undefined) return
    let next = first
    for (const { envelopes, skip } of batches) {
      next += skip + envelopes.length
      this.follower.accepted(envelopes, next)
    }
    this.at = next
  }

  checkpoint(): Checkpoint | undefined {
    if (this.follower !== undefined)
      this.carried = { position: this.at, bytes: Uint8Array.from(this.follower.checkpoint()) }
    return this.carried
  }

  /** Gives what the disk holds from `from` on, then takes the follower on at the very moment at which it has caught up. */
  follow(
    folder: string,
    disk: DiskReader,
    accepted: () => Position,
    from: Position,
    follower: Follower,
  ): Effect.Effect<{ readonly missed: number }, JournalError> {
    let position = from
    let missed = 0
    const caughtUp = () => {
      missed += Math.max(0, accepted() - position)
      this.follower = follower
      this.at = accepted()
      return { missed }
    }
    const step: Effect.Effect<{ readonly missed: number }, JournalError> = Effect.suspend(() => {
      if (position >= accepted()) return Effect.sync(caughtUp)
      const seen = accepted()
      return disk.read(position, maxItems, Number.MAX_SAFE_INTEGER).pipe(
        Effect.mapError((error) => journalFailure(folder, error)),
        Effect.flatMap((batch) => {
          // Nothing there: what is left up to the end is lost, unless more has come meanwhile.
          if (batch === undefined) return seen === accepted() ? Effect.sync(caughtUp) : step
          missed += batch.lost ?? 0
          position = batch.next
          follower.accepted(batch.envelopes, batch.next)
          return step
        }),
      )
    })
    return Effect.ensuring(step, disk.close)
  }
}
