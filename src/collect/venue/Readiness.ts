import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import type { Pool } from "../connections/Pool.ts"
import type { Snapshots } from "../Snapshots.ts"
import { stateOf, type StreamEntry } from "../StreamTable.ts"

export interface ReadinessOptions {
  readonly venue: Venue
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly pool: Pick<Pool, "troubleOf">
  readonly snapshots: Pick<Snapshots, "failing">
}

/** Streams that are not acknowledged, with what their connection or the venue says about the first of them. */
const pendingReason = ({ venue, table, pool }: ReadinessOptions): string | undefined => {
  const pending = [...table.values()].filter((entry) => stateOf(entry) === "pending")
  const [first] = pending
  if (first === undefined) return undefined
  const why = first.refusal ?? pool.troubleOf(first.stream)
  const said = why === undefined ? "" : ` (${why})`
  return `venue ${venue.name}: ${pending.length} of ${table.size} streams are not acknowledged, the first is ${first.stream.wire}${said}`
}

/** Books without a snapshot publish nothing, however live their stream is. */
const snapshotReason = ({ venue, table, snapshots }: ReadinessOptions): string | undefined => {
  const failing = [...snapshots.failing].filter(([stream]) => table.has(stream))
  const [first] = failing
  if (first === undefined) return undefined
  const [stream, { why }] = first
  const count = failing.length === 1 ? "a book has" : `${failing.length} books have`
  return `venue ${venue.name}: ${count} no snapshot, the first is ${stream.wire} (${why})`
}

/** Streams that were acknowledged, and of which REST knows what they do not deliver. */
const deadReason = ({ venue, table }: ReadinessOptions): string | undefined => {
  const dead = [...table.values()].filter((entry) => stateOf(entry) === "silent" && entry.dead)
  const [first] = dead
  return first === undefined
    ? undefined
    : `venue ${venue.name}: ${dead.length} of ${table.size} streams are dead, the first is ${first.stream.wire} (acknowledged, but it does not come)`
}

/** Streams that deliver, and nothing that can be read. */
const unreadableReason = ({ venue, table }: ReadinessOptions): string | undefined => {
  const unreadable = [...table.values()].filter((entry) => stateOf(entry) === "unreadable")
  const [first] = unreadable
  return first === undefined
    ? undefined
    : `venue ${venue.name}: ${unreadable.length} of ${table.size} streams cannot be read, the first is ${first.stream.wire} (${first.rejected} frames of it were rejected)`
}

/** Why a venue is not ready; empty when it is. */
export const unreadyReasons = (options: ReadinessOptions): ReadonlyArray<string> =>
  [pendingReason(options), deadReason(options), unreadableReason(options), snapshotReason(options)].filter(
    (reason) => reason !== undefined,
  )
