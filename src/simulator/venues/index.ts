import type { Instrument } from "../../domain/Instrument.ts"
import { listingsOf } from "../market/Listing.ts"
import { binance } from "./Binance.ts"
import { binanceCoinm } from "./BinanceCoinm.ts"
import { binanceUsdm } from "./BinanceUsdm.ts"
import { bybit } from "./bybit/index.ts"
import { coinbase } from "./coinbase/index.ts"
import { deribit } from "./deribit/index.ts"
import { htxSwap } from "./htx-swap/index.ts"
import { htx } from "./htx/index.ts"
import { kraken } from "./kraken/index.ts"
import { okx } from "./okx/index.ts"
import type { Protocol, VenueName } from "./Protocol.ts"

/** Every venue that can be simulated; a new one is a file here and a line below. */
const all: ReadonlyArray<Protocol> = [
  binance,
  binanceCoinm,
  binanceUsdm,
  bybit,
  coinbase,
  deribit,
  htx,
  htxSwap,
  kraken,
  okx,
]

export const protocols: ReadonlyMap<VenueName, Protocol> = new Map(all.map((each) => [each.venue, each]))

export const venueNames: ReadonlyArray<VenueName> = [...protocols.keys()]

/** Those that are simulated unless others are named. */
export const usualVenues: ReadonlyArray<VenueName> = ["binance", "binance-usdm"]

/**
 * The pair by which a venue lists this instrument; its own two assets where it does not. Contracts in the coin are
 * listed beside those in USDT.
 */
export const listedPair = (
  venue: VenueName,
  { base, native, quote }: Pick<Instrument, "base" | "native" | "quote">,
): string => {
  const { style } = protocols.get(venue)!
  const own = `${base}/${quote}`
  // Where a category stands before the name, it is not the instrument's to say.
  const lists = (pair: string) =>
    listingsOf(pair, style).some((each) => each.native === native || each.native.endsWith(`:${native}`))
  return [own, `${base}/USDT`].find(lists) ?? own
}
