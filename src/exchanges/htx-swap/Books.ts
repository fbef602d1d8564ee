import type { Decoded } from "../../domain/Decoded.ts"
import type { Continuation, DepthRule } from "../Venue.ts"

/**
 * `version` grows by one with each push, those without a change too; a subscription begins with the book. It counts one
 * connection's pushes: the documents say that others may count otherwise. No session of this channel was recorded; logs
 * of others hold tens of thousands of pushes without a hole.
 */
const follow = (last: number, delta: Decoded): Continuation => {
  if (delta.last <= last) return "contained"
  return delta.last === last + 1 ? "next" : "gap"
}

export const htxSwapDepth: DepthRule = { numbered: true, snapshots: { kind: "stream" }, join: follow, follow }
