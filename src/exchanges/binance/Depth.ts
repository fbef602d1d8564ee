import type { DepthRule } from "../Venue.ts"
import { decodeSnapshot, type SnapshotEndpoint } from "./Snapshots.ts"

export const spotSnapshots: SnapshotEndpoint = {
  path: "/api/v3/depth",
  limits: [5, 10, 20, 50, 100, 500, 1000, 5000],
  defaultLimit: 100,
}

/** A thousand levels: a fifth of the weight of all five thousand, and deeper than deltas usually reach. */
const levels = 1000

/**
 * Spot: drop what ends at the snapshot's sequence or before; the first delta kept must span the sequence after it,
 * and from there each one begins at the sequence after the last, or before it.
 */
const continues: DepthRule["follow"] = (last, delta) =>
  delta.last <= last ? "contained" : delta.first <= last + 1 ? "next" : "gap"

export const spotDepth: DepthRule = {
  numbered: true,
  snapshots: {
    kind: "rest",
    request: (instrument) => ({
      path: `${spotSnapshots.path}?symbol=${encodeURIComponent(instrument.native)}&limit=${levels}`,
      weight: 50,
      levels,
    }),
    decode: decodeSnapshot(spotSnapshots),
  },
  join: continues,
  follow: continues,
}
