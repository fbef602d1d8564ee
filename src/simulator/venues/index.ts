import { binance } from "./Binance.ts"
import { binanceUsdm } from "./BinanceUsdm.ts"
import type { Protocol, VenueName } from "./Protocol.ts"

/** Every venue that can be simulated; a new one is a file here and a line below. */
export const protocols: Readonly<Record<VenueName, Protocol>> = {
  binance,
  "binance-usdm": binanceUsdm,
}
