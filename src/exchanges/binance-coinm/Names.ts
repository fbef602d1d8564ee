import type { Instrument } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

const contract = /^([\p{L}\p{N}]{1,32}?)[-/]?USD(?:[-_](?:(PERP)|(?:20)?(\d{6})))?$/u

/**
 * Perpetuals (`BTC-USD-PERP`, natively `BTCUSD_PERP`, and the pair alone in any of the three spellings) and dated futures
 * (`BTC-USD-20250328`, natively `BTCUSD_250328`). All are quoted in dollars and settled in the coin.
 */
export const coinmInstrument = (spelling: string): Instrument | Refusal => {
  const match = contract.exec(spelling.trim().toUpperCase())
  if (match === null)
    return {
      refused: `"${spelling}" is no contract of binance-coinm: write BTC-USD-PERP, BTC/USD, BTCUSD or BTC-USD-20250328 (contracts that are settled in USDT are on binance-usdm)`,
    }
  const [, base, , delivery] = match
  const pair = { exchange: "binance", base: base!, quote: "USD" } as const
  return delivery === undefined
    ? { ...pair, market: "perpetual", symbol: `${base}-USD-PERP`, native: `${base}USD_PERP` }
    : { ...pair, market: "future", symbol: `${base}-USD-20${delivery}`, native: `${base}USD_${delivery}` }
}
