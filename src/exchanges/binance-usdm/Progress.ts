import type { ProgressRule } from "../Venue.ts"
import { commonQuestion, makeProgress, newestId } from "../binance/Progress.ts"

/** The ids of trades by REST are not those in the aggregates here. */
export const futuresProgress = (prefix: string): ProgressRule =>
  makeProgress({
    prefix,
    question: (dataType) => {
      if (dataType.type !== "trade") return commonQuestion(dataType, { kline: 1, depth: 2, ticker: 1 })
      return dataType.aggregate === true
        ? { path: "aggTrades", weight: 20, read: newestId("a") }
        : { path: "trades", weight: 5, read: newestId("id") }
    },
  })

export const usdmProgress = futuresProgress("/fapi/v1/")
