import { readKline } from "../binance/Klines.ts"
import type { Readers } from "../binance/Reader.ts"
import { readTicker } from "../binance/Tickers.ts"
import { readAggregate } from "../binance/Trades.ts"
import { readBookTicker, readDelta, readPartial } from "./Books.ts"
import { readTrade } from "./Trades.ts"

/** How USD-M's messages are read, by channel. */
export const usdmReaders: Readers = {
  trade: { read: readTrade },
  aggTrade: { read: readAggregate },
  kline: { read: readKline },
  ticker: { read: readTicker },
  bbo: { read: readBookTicker },
  depth: { read: readDelta },
  partialDepth: { read: readPartial },
}
