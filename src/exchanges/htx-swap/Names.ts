import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

const quotes: ReadonlySet<string> = new Set(["USD", "USDT"])

/**
 * A swap by its code (`BTC-USDT` is settled in USDT, `BTC-USD` in the coin) or its canonical name. There are swaps
 * alone: the pair means the perpetual.
 */
export const htxSwapInstrument = (spelling: string): Instrument | Refusal => {
  const pair = splitPair(
    spelling
      .trim()
      .toUpperCase()
      .replace(/[-/](?:PERP|SWAP)$/, ""),
  )
  if (pair === undefined || !quotes.has(pair.quote))
    return { refused: `"${spelling}" is no swap of htx: write BTC-USDT-PERP, BTC-USD-PERP or BTC/USDT` }
  const { base, quote } = pair
  const native = `${base}-${quote}`
  return { exchange: "htx", market: "perpetual", base, quote, symbol: `${native}-PERP`, native }
}

/** Whether it is settled in its coin. Such swaps are on endpoints of their own. */
export const isCoinSettled = ({ quote }: Instrument): boolean => quote === "USD"
