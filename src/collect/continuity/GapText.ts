import { type Envelope, payloadOf } from "../../domain/Envelope.ts"
import type { GapRecord } from "../../domain/RecordSchemas.ts"
import type { Edge, Gap } from "./Gap.ts"

const edge = ({ sequence, timestamp }: GapRecord["data"]["from"]): Edge => ({
  ...(sequence === undefined ? {} : { sequence: Number(sequence) }),
  ...(timestamp === undefined ? {} : { timestamp }),
})

/** The gap as its record has it; `undefined` where that is none of this version's. */
export const readGap = (envelope: Envelope): Gap | undefined => {
  const { key, stream } = envelope
  try {
    const { data, revision } = JSON.parse(payloadOf(envelope).toString("utf8")) as GapRecord
    const { cause, from, to, missing, repair, repairedBy } = data
    const first = Number(key.slice(key.lastIndexOf(":") + 1))
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(revision)) return undefined
    return {
      stream,
      first,
      cause,
      from: edge(from),
      to: edge(to),
      missing,
      repair,
      repaired: 0,
      repairedBy,
      revision,
    }
  } catch {
    return undefined
  }
}
