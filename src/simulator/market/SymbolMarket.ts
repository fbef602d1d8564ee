import { type Activity } from "./Activity.ts"
import { type Bar, type Bars, makeBars } from "./Bars.ts"
import { type Book, type Levels, makeBook } from "./Book.ts"
import { padded } from "./DecimalDigits.ts"
import type { Listing } from "./Listing.ts"
import { makeMarket, type Market, type Trade } from "./Market.ts"
import type { Tape } from "./Tape.ts"

/** How many decimals a venue prints; at least those that the value has. */
export interface Decimals {
  readonly price: number
  readonly quantity: number
  readonly quote: number
  readonly average: number
}

/** The numbers of the 24 hours that end at a time. */
export interface Day {
  readonly bar: Bar
  readonly last: Trade
  /** The last trade before the window. */
  readonly previous: Trade
  readonly change: string
  readonly changePercent: string
  readonly weightedAverage: string
  /** The last step before the end. */
  readonly step: number
}

/** One symbol of one venue: its market, and the text of its numbers as the venue prints them. */
export interface SymbolMarket {
  readonly listing: Listing
  readonly market: Market
  readonly book: Book
  readonly bars: Bars
  readonly price: (rung: number) => string
  readonly quantity: (units: number) => string
  readonly quote: (rungUnits: bigint) => string
  /** `[["60000.5","1.2"],…]`, of bids or asks. */
  readonly levels: (levels: Levels["bids"]) => string
  readonly day: (time: number) => Day
}

export const dayMillis = 86_400_000

const remembered = 2048

export const makeSymbolMarket = (options: {
  readonly seed: number
  readonly venue: string
  readonly listing: Listing
  readonly activity: Activity
  readonly tapes: ReadonlyArray<Tape>
  readonly decimals: Decimals
}): SymbolMarket => {
  const { decimals, listing } = options
  const { priceDecimals, quantityDecimals, ticksPerRung } = listing
  const market = makeMarket(options)
  const book = makeBook(market)
  const bars = makeBars(market)

  const texts = new Map<number, string>()
  const price = (rung: number): string => {
    const known = texts.get(rung)
    if (known !== undefined) return known
    if (texts.size >= remembered) texts.clear()
    const text = padded(String(rung * ticksPerRung), priceDecimals, decimals.price)
    texts.set(rung, text)
    return text
  }
  const quantity = (units: number): string => padded(String(units), quantityDecimals, decimals.quantity)

  const average = (bar: Bar): string => {
    const shown = Math.max(decimals.average, priceDecimals)
    const scaled = bar.quote * BigInt(ticksPerRung) * 10n ** BigInt(shown - priceDecimals)
    return padded(String(bar.units === 0 ? 0n : scaled / BigInt(bar.units)), shown, shown)
  }

  return {
    listing,
    market,
    book,
    bars,
    price,
    quantity,
    quote: (rungUnits) =>
      padded(String(rungUnits * BigInt(ticksPerRung)), priceDecimals + quantityDecimals, decimals.quote),
    levels: (levels) => {
      let text = ""
      for (const [rung, units] of levels)
        text += `${text === "" ? "" : ","}["${price(rung)}","${quantity(units)}"]`
      return `[${text}]`
    },
    day: (time) => {
      const bar = bars.between(time - dayMillis, time)
      const difference = bar.close - bar.open
      return {
        bar,
        last: market.trade(bar.firstTrade + bar.trades - 1),
        previous: market.trade(bar.firstTrade - 1),
        change: padded(String(difference * ticksPerRung), priceDecimals, decimals.price),
        changePercent: ((difference / bar.open) * 100).toFixed(3),
        weightedAverage: average(bar),
        step: market.stepAt(time - 1),
      }
    },
  }
}
