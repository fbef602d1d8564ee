import { venues } from "../../../src/exchanges/index.ts"
import type { Venue } from "../../../src/exchanges/Venue.ts"
import type { SymbolMarket } from "../../../src/simulator/index.ts"
import { bookAnswer } from "../../../src/simulator/venues/htx/Messages.ts"
import { compressed } from "../../../src/simulator/venues/htx/Wire.ts"

/** What a venue's count of updates does when it begins anew. */
export type Reset =
  /** It goes on from 1, and nothing says so: what comes looks old. */
  | "silent"
  /** The first update after it names the last one before it. */
  | "named"
  /** A snapshot with the number 1. */
  | "snapshot"
  /** There is no count. */
  | "none"

/** One rule by which books are joined and followed, as its venue's part of the simulator tries it. */
export interface BookRule {
  readonly venue: string
  readonly make: () => Venue
  readonly symbol: string
  /** As the simulator lists it. */
  readonly native: string
  readonly reset: Reset
  /** Levels a side that are exact whatever is lost: what a sum does not take, no sum shows. */
  readonly exactLevels?: number
  /** The order on the wire is all that the venue gives: neither a loss nor another order shows. */
  readonly unseen?: true
  /** A record tells the book of its time; of its update unless given. */
  readonly byTime?: true
  /** The frame that answers a request for a snapshot, where it is asked for on the connection. */
  readonly answer?: (market: SymbolMarket, time: number) => string | Buffer
}

const rule = (venue: string, symbol: string, native: string, more: Partial<BookRule> = {}): BookRule => ({
  venue,
  make: venues.get(venue)!,
  symbol,
  native,
  reset: "silent",
  ...more,
})

/** Every rule; COIN-M's is USD-M's. */
export const bookRules: ReadonlyArray<BookRule> = [
  rule("binance", "BTC-USDT", "BTCUSDT"),
  rule("binance-usdm", "BTC-USDT-PERP", "BTCUSDT"),
  rule("binance-coinm", "BTC-USD-PERP", "BTCUSD_PERP"),
  rule("okx", "BTC-USDT-PERP", "BTC-USDT-SWAP", { reset: "named" }),
  rule("htx", "BTC-USDT", "btcusdt", {
    answer: (market, time) => compressed(bookAnswer(market, "mbp.150", "1", time)),
  }),
  rule("htx-swap", "BTC-USDT-PERP", "BTC-USDT", { byTime: true }),
  rule("bybit", "BTC-USDT-PERP", "linear:BTCUSDT", { reset: "snapshot", byTime: true }),
  rule("deribit", "BTC-USD-PERP", "BTC-PERPETUAL"),
  rule("kraken", "BTC-USDT", "XBT/USDT", { reset: "none", exactLevels: 10, byTime: true }),
  rule("coinbase", "BTC-USDT", "BTC-USDT", { reset: "none", unseen: true, byTime: true }),
]
