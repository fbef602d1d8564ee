import { type DataType, type KlineInterval, klineIntervals } from "../../domain/DataType.ts"
import type { Instrument, Market } from "../../domain/Instrument.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Catalogue, makeCatalogue, type Place } from "../wire/Catalogue.ts"
import type { Refusal } from "../Venue.ts"
import { deribitInstrument, indexOf } from "./Names.ts"

/** Resolutions of charts: minutes, or a day. */
const resolutions: Readonly<Partial<Record<KlineInterval, string>>> = {
  "1m": "1",
  "3m": "3",
  "5m": "5",
  "15m": "15",
  "30m": "30",
  "1h": "60",
  "2h": "120",
  "6h": "360",
  "12h": "720",
  "1d": "1D",
}

export const resolutionOf = (interval: KlineInterval): string => resolutions[interval]!

interface Channel {
  /** The channel's name before the instrument's; what stands behind it. */
  readonly channel: string
  readonly behind: string
  readonly markets: ReadonlyArray<Market>
  /** It is told in a channel whose own word is another one. */
  readonly shared?: true
}

const traded: ReadonlyArray<Market> = ["spot", "perpetual", "future", "option"]
const derivatives: ReadonlyArray<Market> = ["perpetual", "future", "option"]
// `raw` is for those who log in; without it Deribit answers 13778.
const ticker = { channel: "ticker", behind: ".100ms" }

/** Levels of a partial book that can be asked for. */
export const partialLevels: ReadonlyArray<number> = [1, 10, 20]

const channels: ReadonlyMap<string, Channel> = new Map<string, Channel>([
  ["trade", { channel: "trades", behind: ".100ms", markets: traded }],
  ...klineIntervals.flatMap((interval): ReadonlyArray<[string, Channel]> => {
    const resolution = resolutions[interval]
    return resolution === undefined
      ? []
      : [[`kline_${interval}`, { channel: "chart.trades", behind: `.${resolution}`, markets: traded }]]
  }),
  ["ticker", { ...ticker, markets: traded }],
  ["bbo", { channel: "quote", behind: "", markets: traded }],
  ["depth", { channel: "book", behind: ".100ms", markets: traded }],
  ...partialLevels.map((levels): [string, Channel] => [
    `depth${levels}`,
    { channel: "book", behind: `.none.${levels}.100ms`, markets: traded },
  ]),
  ["funding", { ...ticker, markets: ["perpetual"], shared: true }],
  ["open_interest", { ...ticker, markets: derivatives, shared: true }],
  ["liquidation", { channel: "trades", behind: ".100ms", markets: derivatives, shared: true }],
  ["mark_price", { ...ticker, markets: derivatives, shared: true }],
  ["index_price", { ...ticker, markets: [...derivatives, "index"], shared: true }],
  [
    "volatility_index",
    { channel: "deribit_volatility_index", behind: "", markets: [...derivatives, "index"] },
  ],
])

export const offers: ReadonlyArray<string> = [...channels.keys()]

const place = ({ type, word }: DataType, instrument: Instrument): Place | Refusal => {
  const { market, native, quote, symbol } = instrument
  const { behind, channel, markets, shared } = channels.get(word)!
  if (!markets.includes(market))
    return {
      refused: `deribit has no "${word}" of ${symbol}, which is ${market}: only of ${markets.join(", ")}`,
    }
  if (type === "volatility_index" && quote !== "USD")
    return { refused: `deribit has no "${word}" of ${symbol}: only of what is quoted in USD` }
  if (type === "volatility_index") {
    const wire = `${channel}.${indexOf(instrument)}`
    return { wire: market === "index" ? wire : `${wire}#${native}`, route: "" }
  }
  if (market === "index") return { wire: `deribit_price_index.${native}`, route: "" }
  const wire = `${channel}.${native}${behind}${shared === true ? `#${word}` : ""}`
  return type === "kline" ? { wire, route: "", unnumbered: true } : { wire, route: "" }
}

/** A channel's own word, with nothing behind `#`; `rest` is what follows its name. */
const split = (wire: string): { readonly native: string; readonly word: string } | undefined => {
  const [channel = "", mark] = wire.split("#")
  const index = /^deribit_(price|volatility)_index\.([a-z0-9_]+)$/.exec(channel)
  if (index?.[1] === "price") return { native: index[2]!, word: "index_price" }
  if (index?.[1] === "volatility") return { native: mark ?? index[2]!, word: "volatility_index" }
  for (const [word, each] of channels) {
    if (each.shared === true ? mark !== word : mark !== undefined) continue
    const start = `${each.channel}.`
    if (!channel.startsWith(start) || !channel.endsWith(each.behind)) continue
    const native = channel.slice(start.length, channel.length - each.behind.length)
    if (native !== "" && !native.includes(".")) return { native, word }
  }
  return undefined
}

/** Streams by their channel; those that share one with another word are marked with their own: `ticker.BTC-PERPETUAL.100ms#funding`. */
export const makeDeribitCatalogue = (): Catalogue =>
  makeCatalogue({ venue: "deribit", offers, read: deribitInstrument, place, split })

/** The channel that carries a stream. */
export const channelOf = ({ wire }: Stream): string => {
  const mark = wire.indexOf("#")
  return mark < 0 ? wire : wire.slice(0, mark)
}

/** A channel at the speed at which we ask for it: sessions of those who log in have others. */
export const usualSpeed = (channel: string): string => channel.replace(/\.(?:raw|agg2)$/, ".100ms")
