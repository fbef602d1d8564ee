import { type DataType, type KlineInterval, klineIntervals } from "../../domain/DataType.ts"
import type { Instrument, Market } from "../../domain/Instrument.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Catalogue, makeCatalogue, type Place } from "../wire/Catalogue.ts"
import { pollRoute, type Refusal } from "../Venue.ts"
import { bybitInstrument, categoryOf, isCategory, nativeInstrument } from "./Names.ts"

/** Bybit's names of the intervals that it has; days, weeks and months are those of UTC. */
const intervals: Readonly<Partial<Record<KlineInterval, string>>> = {
  "1m": "1",
  "3m": "3",
  "5m": "5",
  "15m": "15",
  "30m": "30",
  "1h": "60",
  "2h": "120",
  "4h": "240",
  "6h": "360",
  "12h": "720",
  "1d": "D",
  "1w": "W",
  "1M": "M",
}

export const intervalName = (interval: KlineInterval): string => intervals[interval]!

/** The periods of ratios, in Bybit's words. */
const ratioPeriods: Readonly<Record<string, string>> = {
  "5m": "5min",
  "15m": "15min",
  "30m": "30min",
  "1h": "1h",
  "4h": "4h",
  "1d": "1d",
}

export const ratioPeriodOf = (period: string): string => ratioPeriods[period]!

interface Channel {
  /** What stands before the symbol: `orderbook.1000`; of what comes by REST, a name of ours. */
  readonly topic: string
  readonly isPolled?: true
  /** Of which kinds of instrument; all unless given. */
  readonly markets?: ReadonlyArray<Market>
}

const contracts: ReadonlyArray<Market> = ["perpetual", "future"]

/** The topic of each word. What is told of a contract's price and interest comes with its ticker: one subscription. */
const channels: ReadonlyMap<string, Channel> = new Map<string, Channel>([
  ["trade", { topic: "publicTrade" }],
  ...klineIntervals.flatMap((interval): ReadonlyArray<[string, Channel]> => {
    const name = intervals[interval]
    return name === undefined ? [] : [[`kline_${interval}`, { topic: `kline.${name}` }]]
  }),
  ["ticker", { topic: "tickers" }],
  ["bbo", { topic: "orderbook.1" }],
  ["depth", { topic: "orderbook.1000" }],
  ["funding", { topic: "tickers", markets: ["perpetual"] }],
  ["open_interest", { topic: "tickers", markets: contracts }],
  ["liquidation", { topic: "allLiquidation", markets: contracts }],
  ["mark_price", { topic: "tickers", markets: contracts }],
  ["index_price", { topic: "tickers", markets: contracts }],
  ...Object.keys(ratioPeriods).map((period): [string, Channel] => [
    `long_short_ratio_${period}`,
    { topic: `long_short_ratio_${period}`, markets: ["perpetual"], isPolled: true },
  ]),
])

export const offers: ReadonlyArray<string> = [...channels.keys()]

/** The words whose topic is theirs alone, and the ticker. */
const words: ReadonlyMap<string, string> = new Map(
  [...channels].toReversed().map(([word, { topic }]) => [topic, word]),
)

const place = ({ word }: DataType, instrument: Instrument): Place | Refusal => {
  const { market, native, symbol } = instrument
  const { isPolled, markets, topic } = channels.get(word)!
  if (markets?.includes(market) === false)
    return {
      refused: `bybit has no "${word}" of ${symbol}, which is ${market}: only of ${markets.join(", ")}`,
    }
  const category = categoryOf(instrument)
  if (isPolled === true && instrument.quote === "USDC")
    return {
      refused: `bybit has no "${word}" of ${symbol}: only of perpetuals against the dollar and USDT`,
    }
  const part = words.get(topic) === word ? "" : `#${word}`
  const wire = `${category}:${topic}.${native}${part}`
  const route = isPolled === true ? pollRoute : category
  return word === "trade" ? { wire, route, unnumbered: true } : { wire, route }
}

const wireName = /^([a-z]+):(\w+(?:\.\w+)?)\.([^.#]+)(?:#(\w+))?$/

/** Streams by their wire name: category, topic, and what of it: `linear:tickers.BTCUSDT#mark_price`. */
export const makeBybitCatalogue = (): Catalogue =>
  makeCatalogue({
    venue: "bybit",
    offers,
    read: bybitInstrument,
    place,
    idOf: ({ symbol }) => symbol,
    split: (wire) => {
      const [, category = "", topic = "", native = "", part] = wireName.exec(wire) ?? []
      const word = part ?? words.get(topic)
      const instrument = isCategory(category) ? nativeInstrument(category, native) : undefined
      return word === undefined || instrument === undefined ? undefined : { native: instrument.symbol, word }
    },
  })

/** What a stream is subscribed by: `tickers.BTCUSDT`. */
export const topicOf = ({ wire }: Stream): string => {
  const from = wire.indexOf(":") + 1
  const to = wire.indexOf("#")
  return to < 0 ? wire.slice(from) : wire.slice(from, to)
}

/** The topic with its category, which its name does not tell: what the streams share that are one subscription. */
export const subscriptionOf = (stream: Stream): string => `${stream.route}:${topicOf(stream)}`

/** The words whose streams a topic of this channel feeds. */
export const wordsOf = (channel: string): ReadonlyArray<string> =>
  [...channels].flatMap(([word, { topic }]) => (topic === channel ? [word] : []))
