import type { Decoded } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Continuation, DepthRule } from "../Venue.ts"

/**
 * `prevSeqNum` is the `seqNum` of the push before; a snapshot is joined by the push whose `prevSeqNum` is its `seqNum`,
 * and by no other. Pushes without a change come too. HTX tells the differences between two states of the best levels,
 * so that a level which leaves them is told as gone.
 */
const follow = (last: number, delta: Decoded): Continuation => {
  if (delta.last <= last) return "contained"
  return delta.previous === last ? "next" : "gap"
}

/** The book is asked for on the connection that carries its changes. */
export const htxDepth: DepthRule = {
  numbered: true,
  snapshots: { kind: "asked", ask: ({ wire }: Stream, id) => JSON.stringify({ req: wire, id: String(id) }) },
  join: follow,
  follow,
}
