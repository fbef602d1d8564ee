import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

/** Spot pairs: `BTC/USDT`, `BTC-USDT` and `BTCUSDT` are the same instrument. */
export const spotInstrument = (spelling: string): Instrument | Refusal => {
  const pair = splitPair(spelling)
  if (pair === undefined) {
    return {
      refused: `"${spelling}" is no spot pair of binance: write BTC/USDT, BTC-USDT or BTCUSDT (futures are on binance-usdm)`,
    }
  }
  const { base, quote } = pair
  return {
    exchange: "binance",
    market: "spot",
    base,
    quote,
    symbol: `${base}-${quote}`,
    native: base + quote,
  }
}
