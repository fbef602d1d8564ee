import { decodeSnapshot, type SnapshotEndpoint } from "../binance/Snapshots.ts"
import type { DepthRule } from "../Venue.ts"

export const usdmSnapshots: SnapshotEndpoint = {
  path: "/fapi/v1/depth",
  limits: [5, 10, 20, 50, 100, 500, 1000],
  defaultLimit: 500,
}

const levels = 1000

/**
 * USD-M: drop what ends before the snapshot's sequence (a delta that ends at it is kept: spot's rule is `<=`, this
 * one `<`). The first delta kept must span the snapshot's sequence, or name it as its `previous`. Sequences are
 * shared by all symbols, so the snapshot's may also lie between a delta's `previous` and its `first`: nothing of
 * this symbol can be missing there. (In every recorded session it was the last sequence of some delta.)
 */
const join: DepthRule["join"] = (last, delta) =>
  delta.last < last ? "contained" : delta.previous <= last ? "next" : "gap"

/** Each delta names the last sequence of the one before; one that ends there or earlier came twice. */
const follow: DepthRule["follow"] = (last, delta) =>
  delta.last <= last ? "contained" : delta.previous === last ? "next" : "gap"

export const futuresDepth = (endpoint: SnapshotEndpoint): DepthRule => ({
  numbered: true,
  snapshots: {
    kind: "rest",
    request: (instrument) => ({
      path: `${endpoint.path}?symbol=${encodeURIComponent(instrument.native)}&limit=${levels}`,
      weight: 20,
      levels,
    }),
    decode: decodeSnapshot(endpoint),
  },
  join,
  follow,
})

export const usdmDepth = futuresDepth(usdmSnapshots)
