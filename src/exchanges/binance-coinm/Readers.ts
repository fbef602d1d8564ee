import { klineReader } from "../binance/Klines.ts"
import type { Readers } from "../binance/Reader.ts"
import { tickerReader } from "../binance/Tickers.ts"
import { usdmReaders } from "../binance-usdm/Readers.ts"

/**
 * USD-M's messages, with the pair (`ps`) behind the symbol in some of them: of those, changes of books have a scanner. Quantities
 * count contracts, of 100 dollars for BTC and 10 for the others.
 */
export const coinmReaders: Readers = {
  ...usdmReaders,
  kline: { read: klineReader("contracts") },
  ticker: { read: tickerReader("contracts") },
  bbo: { read: usdmReaders.bbo.read },
}
