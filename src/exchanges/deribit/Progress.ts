import type { ProgressRule } from "../Venue.ts"
import { isFields } from "../wire/Fields.ts"
import { nativeOf, newestRow, tradeProgress } from "../wire/TradeProgress.ts"

/** `trade_seq` counts an instrument's trades. */
export const deribitProgress: ProgressRule = tradeProgress({
  path: (stream) =>
    `/api/v2/public/get_last_trades_by_instrument?instrument_name=${nativeOf(stream)}&count=1&sorting=desc`,
  weight: 1,
  newest: (answer) =>
    isFields(answer) && isFields(answer["result"])
      ? newestRow(answer["result"]["trades"], "trade_seq", true)
      : undefined,
})
