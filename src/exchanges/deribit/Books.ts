import type { Decoded } from "../../domain/Decoded.ts"
import type { Continuation, DepthRule } from "../Venue.ts"

/**
 * `prev_change_id` is the `change_id` of the message before, of the snapshot for the first: so in the recorded session,
 * whose ten snapshots are followed by 36 changes. Change ids are shared by the instruments of a currency, and jump. One
 * that ends where the book is, or before, came twice.
 */
const follow = (last: number, delta: Decoded): Continuation =>
  delta.last <= last ? "contained" : delta.previous === last ? "next" : "gap"

export const deribitDepth: DepthRule = { numbered: true, snapshots: { kind: "stream" }, join: follow, follow }
