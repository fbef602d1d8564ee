import { type Decoded, noSequence } from "../../domain/Decoded.ts"
import type { GapRecord } from "../../domain/RecordSchemas.ts"
import type { Stream } from "../../domain/Stream.ts"

type GapData = GapRecord["data"]

/** Why something is missing. */
export type GapCause = GapData["cause"]

/** Where a gap begins or ends: the sequence that is missing there, the time of the record beyond it. */
export interface Edge {
  readonly sequence?: number | undefined
  readonly timestamp?: number | undefined
}

/** Something that an exchange sent, or would have sent, and that did not come. Its records are its states. */
export interface Gap {
  readonly stream: Stream
  /** The last part of its id, after the channel: the first that is missing; of a gap by time, the time before it. */
  readonly first: number
  readonly cause: GapCause
  readonly from: Edge
  to: Edge
  /** How many records, where that can be told. */
  missing: number | undefined
  /** Records that were had by asking again. */
  repaired: number
  repair: GapData["repair"]
  repairedBy: GapData["repairedBy"] | undefined
  /** Of its newest record; 0 before the first. */
  revision: number
}

export const makeGap = (
  stream: Stream,
  known: Pick<Gap, "first" | "cause" | "from" | "to" | "repair"> & { readonly missing?: number | undefined },
): Gap => ({ missing: undefined, ...known, stream, repaired: 0, repairedBy: undefined, revision: 0 })

/** `undefined` is left out by `JSON.stringify`. */
const edge = ({ sequence, timestamp }: Edge) => ({
  sequence: sequence === undefined ? undefined : String(sequence),
  timestamp,
})

/** The record of the state that a gap has now. `noticedAt` in milliseconds, microseconds as the fraction. */
export const nextRevision = (gap: Gap, noticedAt: number): Decoded => {
  const { stream, cause, from, to, missing, repair, repairedBy } = gap
  const channel = stream.dataType.word
  gap.revision++
  return {
    stream,
    type: "gap",
    key: `${channel}:${gap.first}`,
    timestamp: 0,
    receivedAt: noticedAt,
    data: JSON.stringify({ channel, cause, from: edge(from), to: edge(to), missing, repair, repairedBy }),
    first: noSequence,
    last: noSequence,
    previous: noSequence,
    revision: gap.revision,
  }
}

/** A record's own time, or when it was received where it has none. */
export const timeOf = (record: Pick<Decoded, "timestamp" | "receivedAt">): number =>
  record.timestamp === 0 ? Math.floor(record.receivedAt) : record.timestamp

/** A record of an earlier number that is so much later than the newest one is no duplicate: the exchange counts anew. */
export const resetMillis = 1_000
