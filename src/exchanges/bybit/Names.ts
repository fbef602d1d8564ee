import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

/** Bybit's kinds of product, each with sockets of its own: names are unique within one alone. */
export const categories = ["spot", "linear", "inverse"] as const
export type Category = (typeof categories)[number]

export const isCategory = (text: string): text is Category =>
  (categories as ReadonlyArray<string>).includes(text)

/** Months as futures write them, January first. */
const monthLetters = "FGHJKMNQUVXZ"
const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]

const two = (number: number): string => String(number).padStart(2, "0")

/** The last Friday of a month, when inverse futures are delivered: `BTCUSDU21` on 24 September 2021. */
const lastFriday = (year: number, month: number): string => {
  const end = new Date(Date.UTC(year, month + 1, 0))
  const day = end.getUTCDate() - ((end.getUTCDay() + 2) % 7)
  return `${year}${two(month + 1)}${two(day)}`
}

const perpetual = /^(.+)[-/]PERP$/
/** `BTC-USD-20250328`. */
const dated = /^(.+)-(20\d{6})$/
/** `BTCPERP`: against USDC. */
const usdcPerpetual = /^([A-Z0-9]+)PERP$/
/** `BTCUSDH25`: inverse, by month and year. */
const inverseFuture = /^([A-Z0-9]+)USD([FGHJKMNQUVXZ])(\d\d)$/
/** `BTC-01NOV24` against USDC, `BTCUSDT-04SEP26` against USDT. */
const linearFuture = /^([A-Z0-9]+?)(USDT)?-(\d{1,2})([A-Z]{3})(\d\d)$/

const examples = "BTC-USDT, BTC-USDT-PERP, BTC-USD-PERP or BTC-USD-20250328"

const refused = (spelling: string): Refusal => ({
  refused: `"${spelling}" is no instrument of bybit: write ${examples}`,
})

const spot = (base: string, quote: string): Instrument => ({
  exchange: "bybit",
  market: "spot",
  base,
  quote,
  symbol: `${base}-${quote}`,
  native: base + quote,
})

const perpetualOf = (base: string, quote: string): Instrument => ({
  exchange: "bybit",
  market: "perpetual",
  base,
  quote,
  symbol: `${base}-${quote}-PERP`,
  native: quote === "USDC" ? `${base}PERP` : base + quote,
})

const nativeFuture = (base: string, quote: string, day: string): string | undefined => {
  const year = Number(day.slice(0, 4))
  const month = Number(day.slice(4, 6)) - 1
  const date = new Date(Date.UTC(year, month, Number(day.slice(6))))
  if (date.toISOString().slice(0, 10).replaceAll("-", "") !== day) return undefined
  if (quote === "USD")
    return lastFriday(year, month) === day ? `${base}USD${monthLetters[month]}${day.slice(2, 4)}` : undefined
  if (quote !== "USDT" && quote !== "USDC") return undefined
  return `${base}${quote === "USDT" ? quote : ""}-${day.slice(6)}${monthNames[month]}${day.slice(2, 4)}`
}

const futureOf = (base: string, quote: string, day: string): Instrument | undefined => {
  const native = nativeFuture(base, quote, day)
  return native === undefined
    ? undefined
    : { exchange: "bybit", market: "future", base, quote, symbol: `${base}-${quote}-${day}`, native }
}

const nativeFutureOf = (upper: string): Instrument | undefined => {
  const inverse = inverseFuture.exec(upper)
  if (inverse !== null) {
    const [, base, letter, year] = inverse
    return futureOf(base!, "USD", lastFriday(2000 + Number(year), monthLetters.indexOf(letter!)))
  }
  const linear = linearFuture.exec(upper)
  if (linear === null) return undefined
  const [, base, quote = "USDC", day, name, year] = linear
  const month = monthNames.indexOf(name!)
  return month < 0 ? undefined : futureOf(base!, quote, `20${year}${two(month + 1)}${two(Number(day))}`)
}

/**
 * The instrument of a native name or a canonical one. A pair alone is spot, as `BTCUSDT` is, which is a perpetual's native
 * name as well: that one is `BTC-USDT-PERP`. There is no spot against the dollar: a pair with it is the inverse perpetual.
 */
export const bybitInstrument = (spelling: string): Instrument | Refusal => {
  const upper = spelling.trim().toUpperCase()
  const asPerpetual = perpetual.exec(upper)
  const asDated = dated.exec(upper)
  const pair = splitPair(asPerpetual?.[1] ?? asDated?.[1] ?? "")
  if (asPerpetual !== null)
    return pair !== undefined && ["USDT", "USDC", "USD"].includes(pair.quote)
      ? perpetualOf(pair.base, pair.quote)
      : refused(spelling)
  if (asDated !== null)
    return (
      (pair === undefined ? undefined : futureOf(pair.base, pair.quote, asDated[2]!)) ?? refused(spelling)
    )
  if (inverseFuture.test(upper) || linearFuture.test(upper)) return nativeFutureOf(upper) ?? refused(spelling)
  const asUsdc = usdcPerpetual.exec(upper)
  if (asUsdc !== null) return perpetualOf(asUsdc[1]!, "USDC")
  const alone = splitPair(upper)
  if (alone === undefined) return refused(spelling)
  return alone.quote === "USD" ? perpetualOf(alone.base, "USD") : spot(alone.base, alone.quote)
}

export const categoryOf = ({ market, quote }: Instrument): Category =>
  market === "spot" ? "spot" : quote === "USD" ? "inverse" : "linear"

/** The instrument that a category calls so. */
export const nativeInstrument = (category: Category, native: string): Instrument | undefined => {
  const found = bybitInstrument(native)
  if ("refused" in found) return undefined
  const { base, market, quote } = found
  const made =
    category === "linear" && market === "spot" && quote === "USDT" ? perpetualOf(base, quote) : found
  return made.native === native && categoryOf(made) === category ? made : undefined
}
