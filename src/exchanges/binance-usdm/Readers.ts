import { readKline } from "../binance/Klines.ts"
import type { Readers } from "../binance/Reader.ts"
import { readTicker } from "../binance/Tickers.ts"
import { readAggregate } from "../binance/Trades.ts"
import { readBookTicker, readDelta, readPartial } from "./Books.ts"
import { readForceOrder, readMarkPrice } from "./Contracts.ts"
import { scanAggregate, scanBookTicker, scanDelta, scanTrade } from "./Scanners.ts"
import { readTrade } from "./Trades.ts"

/** How USD-M's messages are read, by channel. */
export const usdmReaders: Readers = {
  trade: { read: readTrade, scan: scanTrade },
  aggTrade: { read: readAggregate, scan: scanAggregate },
  kline: { read: readKline },
  ticker: { read: readTicker },
  bbo: { read: readBookTicker, scan: scanBookTicker },
  depth: { read: readDelta, scan: scanDelta },
  partialDepth: { read: readPartial },
  markPrice: { read: readMarkPrice },
  forceOrder: { read: readForceOrder },
}
