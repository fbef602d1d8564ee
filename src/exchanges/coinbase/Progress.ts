import type { ProgressRule } from "../Venue.ts"
import { nativeOf, newestRow, tradeProgress } from "../wire/TradeProgress.ts"

/** `trade_id` counts a product's trades. */
export const coinbaseProgress: ProgressRule = tradeProgress({
  path: (stream) => `/products/${nativeOf(stream)}/trades?limit=1`,
  weight: 1,
  newest: (answer) => newestRow(answer, "trade_id", true),
})
