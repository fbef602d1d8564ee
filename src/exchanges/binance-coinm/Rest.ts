import { makeBackfill } from "../binance/Backfill.ts"
import type { SnapshotEndpoint } from "../binance/Snapshots.ts"
import { usdmHistory } from "../binance-usdm/Backfill.ts"
import { futuresDepth, usdmSnapshots } from "../binance-usdm/Depth.ts"
import { accountRatios, futuresPolls } from "../binance-usdm/Polls.ts"
import { futuresProgress } from "../binance-usdm/Progress.ts"

/*
 * USD-M's rules at COIN-M's paths. Sequences chain by `pu` here as there.
 */

const prefix = "/dapi/v1/"

export const coinmSnapshots: SnapshotEndpoint = { ...usdmSnapshots, path: `${prefix}depth` }
export const coinmDepth = futuresDepth(coinmSnapshots)
export const coinmBackfill = makeBackfill({ ...usdmHistory, prefix, counting: "contracts" })
/** Ratios are of a pair; what takers buy and sell comes without a ratio here, and is left out. */
export const coinmPolls = futuresPolls({
  openInterest: `${prefix}openInterest`,
  unit: "contracts",
  of: ({ base }) => `pair=${encodeURIComponent(`${base}USD`)}`,
  ratios: [
    ...accountRatios,
    {
      kind: "top_positions",
      name: "topLongShortPositionRatio",
      ratio: "longShortRatio",
      long: "longPosition",
      short: "shortPosition",
    },
  ],
})
export const coinmProgress = futuresProgress(prefix)
