import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

/**
 * Quote currencies by which a name in one word is split, longest first. All 938 symbols of the recorded catalogue split
 * right by it; quotes that came later are from the documents.
 */
const quotes = [
  "fdusd",
  "usdt",
  "husd",
  "usdc",
  "usdd",
  "tusd",
  "btc",
  "eth",
  "trx",
  "brl",
  "eur",
  "try",
  "ht",
]

const split = (native: string): { readonly base: string; readonly quote: string } | undefined => {
  if (!/^[a-z0-9]{2,40}$/.test(native)) return undefined
  const quote = quotes.find((each) => native.length > each.length && native.endsWith(each))
  return quote === undefined
    ? undefined
    : { base: native.slice(0, -quote.length).toUpperCase(), quote: quote.toUpperCase() }
}

/** `btcusdt` natively; `BTC-USDT` and `BTC/USDT` have their mark, and any quote. All of it is spot. */
export const htxInstrument = (spelling: string): Instrument | Refusal => {
  const text = spelling.trim()
  const pair = /[-/]/.test(text) ? splitPair(text) : split(text.toLowerCase())
  if (pair === undefined)
    return { refused: `"${spelling}" is no pair of htx: write BTC-USDT, BTC/USDT or btcusdt` }
  const { base, quote } = pair
  const native = `${base}${quote}`.toLowerCase()
  return { exchange: "htx", market: "spot", base, quote, symbol: `${base}-${quote}`, native }
}
