import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

/** Assets that Kraken calls by names of its own. */
const aliases: ReadonlyArray<readonly [native: string, canonical: string]> = [
  ["XBT", "BTC"],
  ["XDG", "DOGE"],
]

const canonicalOf = (asset: string): string => aliases.find(([native]) => native === asset)?.[1] ?? asset
const nativeOf = (asset: string): string => aliases.find(([, canonical]) => canonical === asset)?.[0] ?? asset

/** `ETH2.S/ETH`: staked assets have a dot, which no other exchange's pairs have. */
const marked = /^([A-Z0-9.]{1,32})[-/]([A-Z0-9.]{1,32})$/

/** `SCXBT`, `XBTUSD`: in one word an asset by its own name is not recognised, or taken for something else (`XB-TUSD`). */
const inOneWord = (upper: string): string => {
  for (const [native] of aliases) {
    if (upper.length <= native.length) continue
    if (upper.startsWith(native)) return `${native}-${upper.slice(native.length)}`
    if (upper.endsWith(native)) return `${upper.slice(0, -native.length)}-${native}`
  }
  return upper
}

/**
 * The instrument of a pair by Kraken's name on the WebSocket (`XBT/USD`) or a canonical one (`BTC-USD`): spot is all
 * there is on this API. What the REST API calls pairs (`XXBTZUSD`) is not taken: `XXBTZUSD` cannot be told from a pair.
 */
export const krakenInstrument = (spelling: string): Instrument | Refusal => {
  const upper = spelling.trim().toUpperCase()
  const match = marked.exec(upper)
  const pair = match === null ? splitPair(inOneWord(upper)) : { base: match[1]!, quote: match[2]! }
  if (pair === undefined)
    return { refused: `"${spelling}" is no instrument of kraken: write BTC-USD, BTC/USD or XBT/USD` }
  const base = canonicalOf(pair.base)
  const quote = canonicalOf(pair.quote)
  return {
    exchange: "kraken",
    market: "spot",
    base,
    quote,
    symbol: `${base}-${quote}`,
    native: `${nativeOf(base)}/${nativeOf(quote)}`,
  }
}
