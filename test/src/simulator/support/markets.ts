import { activityOf } from "../../../../src/simulator/market/Activity.ts"
import { makeBars } from "../../../../src/simulator/market/Bars.ts"
import { makeBook } from "../../../../src/simulator/market/Book.ts"
import { sequence } from "../../../../src/simulator/market/Hash.ts"
import { listingOf } from "../../../../src/simulator/market/Listing.ts"
import { makeMarket } from "../../../../src/simulator/market/Market.ts"
import { makeTapes } from "../../../../src/simulator/market/Tape.ts"

/** Fresh at every run; `MILLRACE_SEED` repeats one. */
export const runSeed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(performance.now() * 1e6) % 1e9)

export const random = sequence(runSeed)

export const spotStyle = { priceDecimals: 0, unitDollars: 1, quoteDecimals: 8 }

/** A whole market of one symbol, made anew at each call. */
export const marketOf = (symbol: string, rate: number, seed = 1) => {
  const activity = activityOf(rate, { kline: 0.5, ticker: 1 })
  const listing = listingOf(symbol, spotStyle)!
  const market = makeMarket({ seed, venue: "binance", listing, activity, tapes: makeTapes(seed, activity) })
  return { market, book: makeBook(market), bars: makeBars(market) }
}

/** A moment of the years 2020 to 2030, to the millisecond. */
export const someTime = (): number => 1_577_836_800_000 + random(3650) * 86_400_000 + random(86_400_000)
