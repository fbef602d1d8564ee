import { type HistoryEndpoints, makeBackfill } from "../binance/Backfill.ts"

/** `historicalTrades` wants a key; without one the newest thousand trades are what can be had. */
export const usdmEndpoints: HistoryEndpoints = {
  prefix: "/fapi/v1/",
  rows: { trades: 500, aggregates: 1000, klines: 499 },
  weight: { trades: 20, aggregates: 20, klines: () => 2 },
  newest: { rows: 1000, weight: 5 },
  sparseTrades: true,
}

export const usdmBackfill = makeBackfill(usdmEndpoints)
