import { type DataType, type KlineInterval, klineIntervals } from "../../domain/DataType.ts"
import type { Instrument, Market } from "../../domain/Instrument.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Catalogue, makeCatalogue, type Place } from "../wire/Catalogue.ts"
import { pollRoute, type Refusal } from "../Venue.ts"
import { indexOf, instTypeOf, okxInstrument } from "./Names.ts"

/** Bars of six hours and more are counted from midnight in Hong Kong unless `utc` is said. OKX has none of eight hours. */
const bars: Readonly<Partial<Record<KlineInterval, string>>> = {
  "1s": "1s",
  "1m": "1m",
  "3m": "3m",
  "5m": "5m",
  "15m": "15m",
  "30m": "30m",
  "1h": "1H",
  "2h": "2H",
  "4h": "4H",
  "6h": "6Hutc",
  "12h": "12Hutc",
  "1d": "1Dutc",
  "3d": "3Dutc",
  "1w": "1Wutc",
  "1M": "1Mutc",
}

export const barOf = (interval: KlineInterval): string => bars[interval]!

interface Channel {
  readonly channel: string
  readonly route: "public" | "business" | typeof pollRoute
  /** Of which kinds of instrument; all unless given. */
  readonly markets?: ReadonlyArray<Market>
}

/** The periods of ratios, in OKX's words; those of a day begin at midnight UTC. */
const ratioPeriods: Readonly<Record<string, string>> = {
  "5m": "5m",
  "15m": "15m",
  "30m": "30m",
  "1h": "1H",
  "2h": "2H",
  "4h": "4H",
  "1d": "1Dutc",
}

export const ratioPeriodOf = (period: string): string => ratioPeriods[period]!

const derivatives: ReadonlyArray<Market> = ["perpetual", "future", "option"]

/** The channel of each word. `trades` merges the fills of one order at one price; `trades-all` does not. */
const channels: ReadonlyMap<string, Channel> = new Map<string, Channel>([
  ["trade", { channel: "trades-all", route: "business" }],
  ["aggTrade", { channel: "trades", route: "public" }],
  ...klineIntervals.flatMap((interval): ReadonlyArray<[string, Channel]> => {
    const bar = bars[interval]
    return bar === undefined ? [] : [[`kline_${interval}`, { channel: `candle${bar}`, route: "business" }]]
  }),
  ["ticker", { channel: "tickers", route: "public" }],
  ["bbo", { channel: "bbo-tbt", route: "public" }],
  ["depth", { channel: "books", route: "public" }],
  ["depth5", { channel: "books5", route: "public" }],
  ["funding", { channel: "funding-rate", route: "public", markets: ["perpetual"] }],
  ["open_interest", { channel: "open-interest", route: "public", markets: derivatives }],
  ["liquidation", { channel: "liquidation-orders", route: "public", markets: derivatives }],
  ["mark_price", { channel: "mark-price", route: "public", markets: derivatives }],
  ["index_price", { channel: "index-tickers", route: "public" }],
  ...Object.keys(ratioPeriods).map((period): [string, Channel] => [
    `long_short_ratio_${period}`,
    { channel: `long-short-ratio-${period}`, route: pollRoute, markets: ["perpetual", "future"] },
  ]),
])

export const offers: ReadonlyArray<string> = [...channels.keys()]

const words: ReadonlyMap<string, string> = new Map(
  [...channels].map(([word, { channel }]) => [channel, word]),
)

const place = ({ word }: DataType, { market, native, symbol }: Instrument): Place | Refusal => {
  const { channel, route, markets } = channels.get(word)!
  if (markets?.includes(market) === false)
    return { refused: `okx has no "${word}" of ${symbol}, which is ${market}: only of ${markets.join(", ")}` }
  return { wire: `${channel}:${native}`, route }
}

/** Streams by their wire name: the channel and the instrument, `books:BTC-USDT`. */
export const makeOkxCatalogue = (): Catalogue =>
  makeCatalogue({
    venue: "okx",
    offers,
    read: okxInstrument,
    place,
    split: (wire) => {
      const at = wire.indexOf(":")
      const word = words.get(wire.slice(0, at))
      return word === undefined ? undefined : { native: wire.slice(at + 1), word }
    },
  })

/** What a stream is subscribed by. Streams of one argument are one subscription. */
export type Argument = Readonly<Record<string, string>>

export const argumentOf = ({ instrument, wire }: Stream): Argument => {
  const channel = wire.slice(0, wire.indexOf(":"))
  switch (channel) {
    case "liquidation-orders":
      return { channel, instType: instTypeOf(instrument) }
    case "index-tickers":
      return { channel, instId: indexOf(instrument) }
    default:
      return { channel, instId: instrument.native }
  }
}

/** The argument as one text. */
export const argumentKey = (argument: Argument): string =>
  `${argument["channel"]}:${argument["instId"] ?? argument["instType"] ?? ""}`
