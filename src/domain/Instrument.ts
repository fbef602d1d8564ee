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

/**
 * Quote currencies, longest first, by which a native name is split when no catalogue knows it. Every symbol of
 * Binance's recorded catalogues splits right by this list; a pair whose quote is not here has to be written with its
 * mark (`BTC-AEUR`: `BTCAEUR` alone reads as `BTCA-EUR`).
 */
const quotes = [
  "FDUSD RLUSD",
  "USDT USDC BUSD TUSD USDP USDS BIDR BVND BKRW IDRT GYEN EURI USD1 DOGE",
  "DAI PAX EUR GBP AUD BRL TRY RUB UAH NGN ZAR PLN RON ARS JPY MXN COP IDR CZK USD BTC ETH BNB XRP TRX SOL VAI",
].flatMap((line) => line.split(" "))

/** Letters and digits of any script: exchanges list coins with Chinese names. */
const name = "[\\p{L}\\p{N}]{1,32}"
const marked = new RegExp(`^(${name})[/-](${name})$`, "u")
const unmarked = new RegExp(`^${name}$`, "u")

export interface Pair {
  readonly base: string
  readonly quote: string
}

/** Splits `BTC/USDT` and `BTC-USDT` at the mark and `BTCUSDT` before the longest known quote; `undefined` when none fits. */
export const splitPair = (text: string): Pair | undefined => {
  const upper = text.trim().toUpperCase()
  const match = marked.exec(upper)
  if (match !== null) return { base: match[1]!, quote: match[2]! }
  if (!unmarked.test(upper)) return undefined
  const quote = quotes.find((suffix) => upper.length > suffix.length && upper.endsWith(suffix))
  return quote === undefined ? undefined : { base: upper.slice(0, -quote.length), quote }
}
