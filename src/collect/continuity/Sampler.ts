import type { StreamCount, StreamName } from "../../../services/ContinuityHistory.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { StreamEntry } from "../StreamTable.ts"
import { nameOf } from "./GapState.ts"

const minuteMillis = 60_000

/** Counts that wait at most, while the history cannot be written: hours of many streams. */
const mostCounts = 200_000

/** A count that still grows. */
export type Counted = { -readonly [K in keyof StreamCount]: StreamCount[K] }

/** How far a stream's counters were counted. */
interface Mark {
  readonly name: StreamName
  received: number
  duplicates: number
  /** The newest minute that has a count. */
  minute: number
  /** The look that saw it last. */
  seen: number
}

const receivedOf = ({ continuity, records }: StreamEntry): number =>
  records - continuity.duplicates - continuity.snapshots - continuity.lost

/**
 * Looks at counters that are kept anyway, and gives what they grew by: by stream and minute. A stream that is
 * acknowledged has a count for each minute, be it zero.
 */
export const makeSampler = (onLost: (counts: number) => void) => {
  const tables: Array<ReadonlyMap<Stream, StreamEntry>> = []
  const marks = new Map<StreamEntry, Mark>()
  let waiting = new Map<string, Counted>()
  let looks = 0
  let lookedAt: number | undefined

  const count = (entry: StreamEntry, mark: Mark, minute: number): void => {
    const received = receivedOf(entry)
    const { duplicates } = entry.continuity
    const grew = received !== mark.received || duplicates !== mark.duplicates
    if (!grew && (mark.minute === minute || entry.acknowledgedAt === undefined)) return
    const key = `${minute} ${mark.name.key}`
    let counted = waiting.get(key)
    if (counted === undefined)
      waiting.set(key, (counted = { stream: mark.name, minute, received: 0, duplicates: 0 }))
    counted.received += received - mark.received
    counted.duplicates += duplicates - mark.duplicates
    mark.received = received
    mark.duplicates = duplicates
    mark.minute = minute
  }

  /** The oldest give way. */
  const bound = (): void => {
    const excess = waiting.size - mostCounts
    if (excess <= 0) return
    for (const key of [...waiting.keys()].slice(0, excess)) waiting.delete(key)
    onLost(excess)
  }

  return {
    watch: (table: ReadonlyMap<Stream, StreamEntry>): void => void tables.push(table),
    /** What came since the look before belongs to the minute of that one. */
    look: (now: number): void => {
      const minute = Math.floor((lookedAt ?? now) / minuteMillis) * minuteMillis
      lookedAt = now
      looks++
      for (const table of tables)
        for (const [stream, entry] of table) {
          let mark = marks.get(entry)
          if (mark === undefined) {
            mark = { name: nameOf(stream), received: 0, duplicates: 0, minute: Number.NaN, seen: looks }
            marks.set(entry, mark)
          }
          mark.seen = looks
          count(entry, mark, minute)
        }
      for (const [entry, mark] of marks) {
        if (mark.seen === looks) continue
        // It was removed: what it still had.
        count(entry, mark, minute)
        marks.delete(entry)
      }
      bound()
    },
    /** What waits, and nothing of it waits any more. */
    take: (): ReadonlyArray<Counted> => {
      const taken = [...waiting.values()]
      waiting = new Map()
      return taken
    },
  }
}
