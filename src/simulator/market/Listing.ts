import { splitPair } from "../../domain/Instrument.ts"
import { hashText } from "./Hash.ts"

/**
 * A pair as the simulated exchange lists it. The market counts prices in rungs and quantities in units, both whole
 * numbers, so that every sum is exact; text is made at the very end.
 */
export interface Listing {
  /** `BTCUSDT`. */
  readonly native: string
  readonly base: string
  readonly quote: string
  /** A tick is 10^-priceDecimals. */
  readonly priceDecimals: number
  /** The distance of two neighbouring levels of the book. */
  readonly ticksPerRung: number
  /** The rung around which the price moves. */
  readonly baseRung: number
  /** A unit is 10^-quantityDecimals. */
  readonly quantityDecimals: number
}

/** About what these cost, in dollars. Any other name gets a price of its own from the hash of its name. */
const dollars: Readonly<Record<string, number>> = {
  BTC: 60_000,
  ETH: 2_600,
  BNB: 550,
  SOL: 150,
  XRP: 0.55,
  DOGE: 0.11,
  ADA: 0.35,
  TRX: 0.15,
  AVAX: 25,
  LINK: 11,
  DOT: 4.5,
  LTC: 65,
  BCH: 330,
  UNI: 6.5,
  ATOM: 4.6,
  NEAR: 4,
  APT: 6,
  FIL: 3.7,
  ETC: 19,
  XLM: 0.1,
  USDT: 1,
  USDC: 1,
  FDUSD: 1,
  BUSD: 1,
  TUSD: 1,
  EUR: 1.1,
}

const priceOf = (asset: string): number => dollars[asset] ?? 0.2 + (hashText(7, asset) % 40_000) / 1000

const names = Object.keys(dollars).slice(0, 20)
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/** So many pairs against USDT: the well-known ones first, then made-up ones (`SAAUSDT`, `SABUSDT`, …). */
export const symbolsOf = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => {
    const made = index - names.length
    if (made < 0) return `${names[index]!}USDT`
    const at = (power: number) => letters[Math.floor(made / 26 ** power) % 26]!
    return `S${made < 676 ? "" : at(2)}${at(1)}${at(0)}USDT`
  })

/** The largest of 1, 2 and 5 times a power of ten that is not above `value`: its mantissa and exponent. */
const nice = (value: number): { readonly mantissa: number; readonly exponent: number } => {
  let exponent = -8
  while (10 ** (exponent + 1) <= value) exponent++
  const ratio = value / 10 ** exponent
  return { mantissa: ratio >= 5 ? 5 : ratio >= 2 ? 2 : 1, exponent }
}

export interface ListingStyle {
  /** Fewest decimals of a price. */
  readonly priceDecimals: number
  /** A unit is worth about so many dollars. */
  readonly unitDollars: number
  /** Most decimals of a price times a quantity that the venue prints. */
  readonly quoteDecimals: number
  /** What a pair is listed as; under its two names in one word unless given. */
  readonly natives?: (base: string, quote: string) => ReadonlyArray<string>
}

/** A pair as the venue lists it, once or as several instruments; empty when the name is no pair. */
export const listingsOf = (symbol: string, style: ListingStyle): ReadonlyArray<Listing> => {
  const listing = listingOf(symbol, style)
  if (listing === undefined) return []
  const natives = style.natives?.(listing.base, listing.quote)
  return natives === undefined ? [listing] : natives.map((native) => ({ ...listing, native }))
}

/** `undefined` when the name has no quote currency that is known, or letters beyond A to Z and 0 to 9. */
export const listingOf = (symbol: string, style: ListingStyle): Listing | undefined => {
  const pair = splitPair(symbol)
  if (pair === undefined || !/^[A-Z0-9]+$/.test(pair.base + pair.quote)) return undefined
  const price = priceOf(pair.base) / priceOf(pair.quote)
  const rung = nice(price * 1e-5)
  const priceDecimals = Math.min(8, Math.max(style.priceDecimals, -rung.exponent))
  const ticksPerRung = Math.round(rung.mantissa * 10 ** (rung.exponent + priceDecimals))
  const unit = nice(style.unitDollars / priceOf(pair.base))
  return {
    native: pair.base + pair.quote,
    base: pair.base,
    quote: pair.quote,
    priceDecimals,
    ticksPerRung,
    baseRung: Math.max(5000, Math.round((price * 10 ** priceDecimals) / ticksPerRung)),
    quantityDecimals: Math.max(0, Math.min(-unit.exponent, style.quoteDecimals - priceDecimals)),
  }
}
