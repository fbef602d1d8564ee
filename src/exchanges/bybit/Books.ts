import type { Decoded } from "../../domain/Decoded.ts"
import type { Continuation, DepthRule } from "../Venue.ts"

/**
 * `u` counts the updates of a topic one by one: by the documents "in general", and so it is reported of the live feed; no
 * session of it was recorded. After a restart of the service it counts from 1, and the message with 1 is a snapshot.
 * Anything that is neither the next nor the very same is a break: an old update cannot be told from one that follows a
 * restart whose snapshot was lost. `seq` is of the matching engine and skips.
 */
const follow = (last: number, delta: Decoded): Continuation => {
  if (delta.last === last + 1) return "next"
  return delta.last === last ? "contained" : "gap"
}

export const bybitDepth: DepthRule = { numbered: true, snapshots: { kind: "stream" }, join: follow, follow }
