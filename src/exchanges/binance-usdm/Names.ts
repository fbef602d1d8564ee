import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

const dated = /^(.+)[_-](?:20)?(\d{6})$/

/**
 * Perpetuals (`BTC-USDT-PERP`, and the pair alone in any of the three spellings) and dated futures
 * (`BTC-USDT-20250328`, natively `BTCUSDT_250328`).
 */
export const usdmInstrument = (spelling: string): Instrument | Refusal => {
  const upper = spelling.trim().toUpperCase()
  const future = dated.exec(upper)
  const name = future === null ? upper.replace(/-PERP$/, "") : future[1]!
  const pair = splitPair(name)
  if (pair === undefined) {
    return {
      refused: `"${spelling}" is no contract of binance-usdm: write BTC-USDT-PERP, BTC/USDT, BTCUSDT or BTC-USDT-20250328`,
    }
  }
  const { base, quote } = pair
  const native = base + quote
  if (future === null) {
    return {
      exchange: "binance",
      market: "perpetual",
      base,
      quote,
      symbol: `${base}-${quote}-PERP`,
      native,
    }
  }
  const delivery = future[2]!
  return {
    exchange: "binance",
    market: "future",
    base,
    quote,
    symbol: `${base}-${quote}-20${delivery}`,
    native: `${native}_${delivery}`,
  }
}
