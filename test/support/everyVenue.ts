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

/** Of the intervals and periods of a channel the first and the last stand for the others; of ratios the first alone, whose requests have a weight. */
const chosen = (offers: ReadonlyArray<string>): ReadonlyArray<string> => {
  const klines = offers.filter((word) => channelOf(word) === "kline")
  const ratios = offers.filter((word) => channelOf(word) === "long_short_ratio")
  const left = new Set([...klines.slice(1, -1), ...ratios.slice(1)])
  return offers.filter((word) => !left.has(word))
}

/** Every venue of the registry with every channel that it offers. */
export const everyVenue = () =>
  Object.fromEntries(
    [...venues].map(([name, make]) => [
      name,
      { symbols: symbolsOf[name] ?? ["BTC-USDT"], dataTypes: chosen(make().offers) },
    ]),
  )
