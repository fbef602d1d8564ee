/**
 * What is traded: one instrument of one exchange, in the spelling of the exchange (`native`) and in the canonical
 * one (`symbol`), which is unique within an exchange.
 */
export type Market = "spot" | "perpetual" | "future" | "option" | "index"

export interface Instrument {
  /** The exchange, not the venue: `binance` for both `binance` and `binance-usdm`. */
  readonly exchange: string
  readonly market: Market
  readonly base: string
  readonly quote: string
  /** `BTC-USDT`, `BTC-USDT-PERP`, `BTC-USD-20250328`, `BTC-20250328-60000-C`. */
  readonly symbol: string
  /** The exchange's own name, as it writes it: `BTCUSDT`. */
  readonly native: string
}

/** Quote currencies, longest first within a length, by which a native name is split when no catalogue knows it. */
const quotes = [
  ["FDUSD"],
  ["USDT", "USDC", "BUSD", "TUSD", "BIDR", "BVND", "IDRT", "USD1"],
  [
    "DAI",
    "PAX",
    "EUR",
    "GBP",
    "AUD",
    "BRL",
    "TRY",
    "RUB",
    "UAH",
    "NGN",
    "ZAR",
    "PLN",
    "RON",
    "ARS",
    "JPY",
    "MXN",
    "COP",
    "IDR",
    "CZK",
    "USD",
    "BTC",
    "ETH",
    "BNB",
    "XRP",
    "TRX",
    "VAI",
  ],
].flat()

export interface Pair {
  readonly base: string
  readonly quote: string
}

/** Splits `BTC/USDT` and `BTC-USDT` at the mark and `BTCUSDT` before the longest known quote; `undefined` when none fits. */
export const splitPair = (text: string): Pair | undefined => {
  const upper = text.trim().toUpperCase()
  const marked = /^([^/-]+)[/-]([^/-]+)$/.exec(upper)
  if (marked !== null) return { base: marked[1]!, quote: marked[2]! }
  if (/[/\-\s]/.test(upper)) return undefined
  const quote = quotes.find((suffix) => upper.length > suffix.length && upper.endsWith(suffix))
  return quote === undefined ? undefined : { base: upper.slice(0, -quote.length), quote }
}
