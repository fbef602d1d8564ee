import { Effect } from "effect"
import type { JournalError, Position } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { DiskReader } from "./DiskReader.ts"
import { journalFailure } from "./Failure.ts"

/** Read at once. */
const maxItems = 4096

/** Gives what the disk holds from `from` to `end`, and says where something past `least` is lost in between. */
export const review = (
  folder: string,
  disk: DiskReader,
  { from, least, end }: { readonly from: Position; readonly least: Position; readonly end: Position },
  visit: (envelopes: ReadonlyArray<Envelope>, isAfterHole: boolean) => void,
): Effect.Effect<void, JournalError> => {
  let position = from
  let isAfterHole = false
  const step: Effect.Effect<void, JournalError> = Effect.suspend(() => {
    if (position >= end) return Effect.void
    return disk.read(position, maxItems, Number.MAX_SAFE_INTEGER).pipe(
      Effect.mapError((error) => journalFailure(folder, error)),
      Effect.flatMap((batch) => {
        // Nothing follows: what is left is lost, and nothing stands behind it.
        if (batch === undefined) return Effect.void
        const first = batch.first ?? position
        visit(batch.envelopes, isAfterHole || (first > position && first > least))
        isAfterHole = first + batch.envelopes.length < batch.next && batch.next > least
        position = batch.next
        return step
      }),
    )
  })
  return Effect.ensuring(step, disk.close)
}
