import type { ProgressRule } from "../Venue.ts"
import { isFields } from "../wire/Fields.ts"
import { nativeOf, newestRow, tradeProgress } from "../wire/TradeProgress.ts"

/** Trades are not numbered: another newest one says that there was one. */
export const bybitProgress: ProgressRule = tradeProgress({
  path: (stream) => `/v5/market/recent-trade?category=${stream.route}&symbol=${nativeOf(stream)}&limit=1`,
  weight: 1,
  newest: (answer) =>
    isFields(answer) && answer["retCode"] === 0 && isFields(answer["result"])
      ? newestRow(answer["result"]["list"], "execId", false)
      : undefined,
})
