import { makeBackfill } from "../binance/Backfill.ts"
import type { SnapshotEndpoint } from "../binance/Snapshots.ts"
import { usdmEndpoints } from "../binance-usdm/Backfill.ts"
import { futuresDepth, usdmSnapshots } from "../binance-usdm/Depth.ts"
import { futuresHistory } from "../binance-usdm/History.ts"
import { accountRatios, futuresPolls, type PollEndpoints } from "../binance-usdm/Polls.ts"
import { futuresProgress } from "../binance-usdm/Progress.ts"

/*
 * USD-M's rules at COIN-M's paths. Sequences chain by `pu` here as there.
 */

const prefix = "/dapi/v1/"

export const coinmSnapshots: SnapshotEndpoint = { ...usdmSnapshots, path: `${prefix}depth` }
export const coinmDepth = futuresDepth(coinmSnapshots)
const coinmEndpoints = { ...usdmEndpoints, prefix, counting: "contracts" } as const
export const coinmBackfill = makeBackfill(coinmEndpoints)
/** Ratios are of a pair; what takers buy and sell comes without a ratio here, and is left out. */
const coinmAsked: PollEndpoints = {
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
}
export const coinmPolls = futuresPolls(coinmAsked)
export const coinmHistory = futuresHistory({
  endpoints: coinmEndpoints,
  backfill: coinmBackfill,
  depth: coinmDepth,
  polls: coinmPolls,
  asked: coinmAsked,
  interestOf: ({ base }) => `pair=${encodeURIComponent(`${base}USD`)}&contractType=PERPETUAL`,
})
export const coinmProgress = futuresProgress(prefix)
