import type { ProgressRule } from "../Venue.ts"
import { isFields } from "../wire/Fields.ts"
import { nativeOf, newestRow, tradeProgress } from "../wire/TradeProgress.ts"

/** A fill's id is its number; what `trades` merges has the id of its last one. */
export const okxProgress: ProgressRule = tradeProgress({
  path: (stream) => `/api/v5/market/history-trades?instId=${nativeOf(stream)}&type=1&limit=1`,
  weight: 1,
  newest: (answer) =>
    isFields(answer) && answer["code"] === "0" ? newestRow(answer["data"], "tradeId", true) : undefined,
})
