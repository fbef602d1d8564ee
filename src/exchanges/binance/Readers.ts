import { readBookTicker, readDelta, readPartial } from "./Books.ts"
import { readKline } from "./Klines.ts"
import type { Readers } from "./Reader.ts"
import { readTicker } from "./Tickers.ts"
import { readAggregate, readTrade } from "./Trades.ts"

/** How spot's messages are read, by channel. */
export const spotReaders: Readers = {
  trade: { read: readTrade },
  aggTrade: { read: readAggregate },
  kline: { read: readKline },
  ticker: { read: readTicker },
  bbo: { read: readBookTicker },
  depth: { read: readDelta },
  partialDepth: { read: readPartial },
}
