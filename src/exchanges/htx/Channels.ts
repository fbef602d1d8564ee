import type { KlineInterval } from "../../domain/DataType.ts"
import { type Catalogue, makeCatalogue } from "../wire/Catalogue.ts"
import { htxInstrument } from "./Names.ts"

/** HTX's names of the intervals that it has. Those of a day and more begin at midnight in Singapore. */
export const periods: Readonly<Partial<Record<KlineInterval, string>>> = {
  "1m": "1min",
  "5m": "5min",
  "15m": "15min",
  "30m": "30min",
  "1h": "60min",
  "4h": "4hour",
  "1d": "1day",
  "1w": "1week",
  "1M": "1mon",
}

export const klineChannels = Object.entries(periods).map(
  ([interval, period]): readonly [word: string, channel: string] => [`kline_${interval}`, `kline.${period}`],
)

/**
 * The book that every symbol has with an answer to `req` of as many levels: of 400 the documents name the stream, and
 * no request.
 */
export const bookChannel = "mbp.150"

interface Channel {
  readonly channel: string
  readonly route: "ws" | "feed"
}

/** The channel of each word, and the endpoint that carries it. */
const channels: ReadonlyMap<string, Channel> = new Map<string, Channel>([
  ["trade", { channel: "trade.detail", route: "ws" }],
  ...klineChannels.map(([word, channel]): [string, Channel] => [word, { channel, route: "ws" }]),
  ["ticker", { channel: "ticker", route: "ws" }],
  ["bbo", { channel: "bbo", route: "ws" }],
  ["depth", { channel: bookChannel, route: "feed" }],
  ["depth5", { channel: "mbp.refresh.5", route: "feed" }],
  ["depth10", { channel: "mbp.refresh.10", route: "feed" }],
  ["depth20", { channel: "mbp.refresh.20", route: "feed" }],
  ["depth150", { channel: "depth.step0", route: "ws" }],
])

export const offers: ReadonlyArray<string> = [...channels.keys()]

const words: ReadonlyMap<string, string> = new Map(
  [...channels].map(([word, { channel }]) => [channel, word]),
)

/** `market.btcusdt.trade.detail`: the name of an instrument has no dot. */
export const splitTopic = (
  topic: string,
): { readonly kind: string; readonly native: string; readonly channel: string } | undefined => {
  const parts = /^(market|public|poll)\.([^.]+)\.(.+)$/.exec(topic)
  return parts === null ? undefined : { kind: parts[1]!, native: parts[2]!, channel: parts[3]! }
}

/** Streams by their topics. */
export const makeHtxCatalogue = (): Catalogue =>
  makeCatalogue({
    venue: "htx",
    offers,
    read: htxInstrument,
    place: ({ word }, { native }) => {
      const { channel, route } = channels.get(word)!
      return { wire: `market.${native}.${channel}`, route }
    },
    split: (wire) => {
      const parts = splitTopic(wire)
      const word = parts?.kind === "market" ? words.get(parts.channel) : undefined
      return parts === undefined || word === undefined ? undefined : { native: parts.native, word }
    },
  })
