import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]

/** `3JUN22` → `20220603`; `undefined` where it is no day. */
const dayOf = (text: string): string | undefined => {
  const match = /^(\d{1,2})([A-Z]{3})(\d{2})$/.exec(text)
  const month = match === null ? -1 : months.indexOf(match[2]!)
  if (match === null || month < 0) return undefined
  const day = Number(match[1])
  if (day < 1 || day > new Date(Date.UTC(2000 + Number(match[3]), month + 1, 0)).getUTCDate())
    return undefined
  return `20${match[3]}${String(month + 1).padStart(2, "0")}${String(day).padStart(2, "0")}`
}

/** `20220603` → `3JUN22`. */
const nativeDay = (day: string): string | undefined => {
  const month = months[Number(day.slice(4, 6)) - 1]
  const text = month === undefined ? "" : `${Number(day.slice(6))}${month}${day.slice(2, 4)}`
  return dayOf(text) === day ? text : undefined
}

const name = "[A-Z0-9]{1,32}"
const day = "(?:20\\d{6}|\\d{1,2}[A-Z]{3}\\d{2})"
const perpetual = new RegExp(`^(.+?)[-/](?:PERP|PERPETUAL)$`)
const option = new RegExp(`^(${name}(?:[_/-]${name})?)-(${day})-(\\d+(?:[.D]\\d+)?)-([CP])$`)
const future = new RegExp(`^(${name}(?:[_/-]${name})?)-(${day})$`)
const indexName = /^([a-z0-9]{1,32})_([a-z0-9]{1,32})$/
const index = /^(.+?)[-/]INDEX$/

interface Pair {
  readonly base: string
  readonly quote: string
}

/** What is settled in the coin itself is called by the coin alone: `BTC`. `BTC_USDC`, and a pair in any spelling. */
const pairOf = (text: string): Pair | undefined => {
  const linear = /^([A-Z0-9]{1,32})_([A-Z0-9]{1,32})$/.exec(text)
  if (linear !== null) return { base: linear[1]!, quote: linear[2]! }
  const pair = splitPair(text)
  if (pair !== undefined) return pair
  return /^[A-Z0-9]{1,32}$/.test(text) ? { base: text, quote: "USD" } : undefined
}

/** `BTC` of what is quoted in dollars and settled in the coin, `BTC_USDC` of what is settled in a stable coin. */
const nativePair = ({ base, quote }: Pair): string => (quote === "USD" ? base : `${base}_${quote}`)

const examples =
  "BTC-USD-PERP, BTC-USDC-PERP, BTC-USD-20250328, BTC-20250328-60000-C, BTC-USDC or BTC-USD-INDEX"

const make = (market: Instrument["market"], pair: Pair, symbol: string, native: string): Instrument => ({
  exchange: "deribit",
  market,
  base: pair.base,
  quote: pair.quote,
  symbol,
  native,
})

/** `undefined`: no such day, or no such pair. */
const dated = (match: RegExpExecArray, isOption: boolean): Instrument | undefined => {
  const pair = pairOf(match[1]!)
  const canonical = match[2]!.startsWith("20") && match[2]!.length === 8 ? match[2]! : dayOf(match[2]!)
  const short = canonical === undefined ? undefined : nativeDay(canonical)
  if (pair === undefined || canonical === undefined || short === undefined) return undefined
  const { base, quote } = pair
  const head = `${nativePair(pair)}-${short}`
  if (!isOption) return make("future", pair, `${base}-${quote}-${canonical}`, head)
  // A point is written `d`: XRP_USDC-30JUN23-0d625-C.
  const strike = match[3]!.replace("D", ".")
  const right = match[4]!
  const symbol = `${quote === "USD" ? base : `${base}-${quote}`}-${canonical}-${strike}-${right}`
  return make("option", pair, symbol, `${head}-${strike.replace(".", "d")}-${right}`)
}

/**
 * The instrument of a native name (`BTC-PERPETUAL`, `BTC-24SEP21-8000-P`, `BTC_USDC`, the index `btc_usd`) or a canonical
 * one. A pair alone is spot, and the perpetual where it is against the dollar, of which there is no spot.
 */
export const deribitInstrument = (spelling: string): Instrument | Refusal => {
  const trimmed = spelling.trim()
  const refused = { refused: `"${spelling}" is no instrument of deribit: write ${examples}` }
  const asIndexName = indexName.exec(trimmed)
  const upper = trimmed.toUpperCase()
  const asIndex = index.exec(upper)
  const indexPair =
    asIndexName === null
      ? asIndex === null
        ? undefined
        : pairOf(asIndex[1]!)
      : { base: asIndexName[1]!.toUpperCase(), quote: asIndexName[2]!.toUpperCase() }
  if (indexPair !== undefined) {
    const { base, quote } = indexPair
    return make("index", indexPair, `${base}-${quote}-INDEX`, indexOf(indexPair))
  }
  const asOption = option.exec(upper)
  const asDated = asOption ?? future.exec(upper)
  if (asDated !== null) return dated(asDated, asOption !== null) ?? refused
  const asPerpetual = perpetual.exec(upper)
  const pair =
    asPerpetual === null
      ? /[-/_]/.test(upper) || splitPair(upper) !== undefined
        ? pairOf(upper)
        : undefined
      : pairOf(asPerpetual[1]!)
  if (pair === undefined) return refused
  const { base, quote } = pair
  if (asPerpetual !== null || quote === "USD")
    return make("perpetual", pair, `${base}-${quote}-PERP`, `${nativePair(pair)}-PERPETUAL`)
  return make("spot", pair, `${base}-${quote}`, `${base}_${quote}`)
}

/** The index that an instrument follows: that of its pair. */
export const indexOf = ({ base, quote }: Pair): string => `${base}_${quote}`.toLowerCase()

/** Whether amounts count the quote: of futures and perpetuals that are settled in the coin itself. */
export const countsQuote = ({ market, quote }: Instrument): boolean =>
  quote === "USD" && (market === "perpetual" || market === "future")
