import { readBookTicker, readDelta, readPartial } from "./Books.ts"
import { readKline } from "./Klines.ts"
import type { Readers } from "./Reader.ts"
import { scanAggregate, scanBookTicker, scanDelta, scanTrade } from "./Scanners.ts"
import { readTicker } from "./Tickers.ts"
import { readAggregate, readTrade } from "./Trades.ts"

/** How spot's messages are read, by channel. */
export const spotReaders: Readers = {
  trade: { read: readTrade, scan: scanTrade },
  aggTrade: { read: readAggregate, scan: scanAggregate },
  kline: { read: readKline },
  ticker: { read: readTicker },
  bbo: { read: readBookTicker, scan: scanBookTicker },
  depth: { read: readDelta, scan: scanDelta },
  partialDepth: { read: readPartial },
}
