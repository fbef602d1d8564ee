import { Effect } from "effect"
import type { Stream } from "../../domain/Stream.ts"
import { stateOf, type StreamEntry } from "../StreamTable.ts"

/** What comes next may tell how much is missing: it has so long, and never longer than a heartbeat. */
const patienceMillis = 5_000

export interface LossesOptions {
  readonly venue: { readonly name: string }
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly heartbeat: number
  /** It is to be said that these are interrupted, although nothing shows what is missing. */
  readonly declare: (streams: ReadonlyArray<Stream>) => Effect.Effect<unknown>
}

interface Known {
  /** For how long, as far as it was looked at: a clock that is set changes nothing. */
  millis: number
  said: boolean
}

/**
 * Streams of which something is known to be missing, and of which nothing comes that would tell how much: frames of them
 * cannot be read, or REST knows of what they do not bring. Each is said once it has lasted.
 */
export const makeLosses = ({ declare, heartbeat, table, venue }: LossesOptions) => {
  const patience = Math.min(patienceMillis, heartbeat)
  const known = new Map<StreamEntry, Known>()

  const annotated = (entry: StreamEntry) =>
    Effect.annotateLogs({ venue: venue.name, stream: entry.stream.key })

  const isLost = (entry: StreamEntry): boolean => {
    const { interruption, refusedAt } = entry.continuity
    const isKnown = refusedAt !== undefined || entry.dead
    return table.get(entry.stream) === entry && interruption !== undefined && isKnown
  }

  const begin = (entry: StreamEntry) => {
    const { continuity, rejected, stream } = entry
    entry.unreadable = continuity.refusedAt !== undefined
    return entry.unreadable
      ? Effect.logWarning(
          `${stream.wire} brings nothing that can be read, ${rejected} frames were rejected so far: a gap says so until it does; see millrace deadletters`,
        ).pipe(annotated(entry))
      : Effect.void
  }

  const end = (entry: StreamEntry) => {
    const wasUnreadable = entry.unreadable
    entry.unreadable = false
    return wasUnreadable && stateOf(entry) === "live"
      ? Effect.logInfo(`${entry.stream.wire} can be read again`).pipe(annotated(entry))
      : Effect.void
  }

  /** So much time has passed since the last look. */
  return Effect.fnUntraced(function* (elapsed: number) {
    for (const entry of known.keys())
      if (!isLost(entry)) {
        known.delete(entry)
        yield* end(entry)
      }
    const due: Array<Stream> = []
    for (const entry of table.values()) {
      if (!isLost(entry)) continue
      const each = known.get(entry) ?? { millis: -elapsed, said: false }
      known.set(entry, each)
      each.millis += elapsed
      if (each.said || (each.millis < patience && !entry.dead)) continue
      each.said = true
      due.push(entry.stream)
      yield* begin(entry)
    }
    if (due.length > 0) yield* declare(due)
  })
}
