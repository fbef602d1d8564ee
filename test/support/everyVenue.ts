import { venues } from "../../src/exchanges/index.ts"

/** Where a pair against USDT is not all that a venue's simulator has of the pair `BTC-USDT`. */
const symbolsOf: Readonly<Record<string, ReadonlyArray<string>>> = {
  "binance-coinm": ["BTC-USD-PERP"],
  bybit: ["BTC-USDT", "BTC-USDT-PERP", "BTC-USD-PERP"],
  deribit: ["BTC-USDT", "BTC-USD-PERP", "BTC-USD-INDEX"],
  "htx-swap": ["BTC-USDT-PERP", "BTC-USD-PERP"],
  okx: ["BTC-USDT", "BTC-USDT-PERP"],
}

/** The name of a channel in the table of venues and channels: klines of all intervals are one, ratios of all periods another. */
export const channelOf = (word: string): string =>
  word
    .replace(/^kline_.*/, "kline")
    .replace(/^depth\d+$/, "depth<levels>")
    .replace(/^long_short_ratio_.*/, "long_short_ratio")

/**
 * Every venue of the registry with every word that it offers. Of ratios one period: each costs REST requests of a
 * budget that would hold a test up.
 */
export const everyVenue = () =>
  Object.fromEntries(
    [...venues].map(([name, make]) => {
      const { offers } = make()
      const ratio = offers.find((word) => channelOf(word) === "long_short_ratio")
      const dataTypes = offers.filter((word) => channelOf(word) !== "long_short_ratio" || word === ratio)
      return [name, { symbols: symbolsOf[name] ?? ["BTC-USDT"], dataTypes }]
    }),
  )
