import { klineChannels, splitTopic } from "../htx/Channels.ts"
import { pollRoute } from "../Venue.ts"
import { type Catalogue, makeCatalogue } from "../wire/Catalogue.ts"
import { htxSwapInstrument, isCoinSettled } from "./Names.ts"

/** Which of the endpoints carries a channel: of market data, of indices, of notifications; or REST, by the clock. */
type Carrier = "market" | "index" | "notification" | typeof pollRoute

interface Channel {
  readonly channel: string
  readonly carrier: Carrier
}

/** The periods of ratios and HTX's names of them. */
export const ratioPeriods: Readonly<Record<string, string>> = {
  "5m": "5min",
  "15m": "15min",
  "30m": "30min",
  "1h": "60min",
  "4h": "4hour",
  "1d": "1day",
}

const market = (channel: string): Channel => ({ channel, carrier: "market" })

/** The channel of each word. Mark and index prices are told by the klines of a minute, whose close is the newest. */
const channels: ReadonlyMap<string, Channel> = new Map<string, Channel>([
  ["trade", market("trade.detail")],
  ...klineChannels.map(([word, channel]): [string, Channel] => [word, market(channel)]),
  ["ticker", market("detail")],
  ["bbo", market("bbo")],
  ["depth", market("depth.size_150.high_freq")],
  ["depth20", market("depth.size_20.high_freq")],
  ["depth150", market("depth.step0")],
  ["funding", { channel: "funding_rate", carrier: "notification" }],
  ["open_interest", { channel: "open_interest", carrier: pollRoute }],
  ["liquidation", { channel: "liquidation_orders", carrier: "notification" }],
  ["mark_price", { channel: "mark_price.1min", carrier: "index" }],
  ["index_price", { channel: "index.1min", carrier: "index" }],
  ...Object.entries(ratioPeriods).map(([period, name]): [string, Channel] => [
    `long_short_ratio_${period}`,
    { channel: `elite_ratio.${name}`, carrier: pollRoute },
  ]),
])

export const offers: ReadonlyArray<string> = [...channels.keys()]

/** The paths of the endpoints; what is settled in the coin has its own, but for indices. */
const paths: Readonly<Record<Carrier, readonly [usdt: string, coin: string]>> = {
  market: ["linear-swap-ws", "swap-ws"],
  index: ["ws_index", "ws_index"],
  notification: ["linear-swap-notification", "swap-notification"],
  [pollRoute]: [pollRoute, pollRoute],
}

const kindOf = (carrier: Carrier): string =>
  carrier === "notification" ? "public" : carrier === pollRoute ? pollRoute : "market"

const words: ReadonlyMap<string, string> = new Map(
  [...channels].map(([word, { carrier, channel }]) => [`${kindOf(carrier)}.${channel}`, word]),
)

/** Streams by their topics; what is polled has names alike, `poll.BTC-USDT.open_interest`. */
export const makeHtxSwapCatalogue = (): Catalogue =>
  makeCatalogue({
    venue: "htx-swap",
    offers,
    read: htxSwapInstrument,
    place: ({ word }, instrument) => {
      const { carrier, channel } = channels.get(word)!
      const [usdt, coin] = paths[carrier]
      return {
        wire: `${kindOf(carrier)}.${instrument.native}.${channel}`,
        route: isCoinSettled(instrument) ? coin : usdt,
        // A trade's id is that of a match and a number: nothing counts trades one by one.
        ...(word === "trade" ? { unnumbered: true as const } : {}),
      }
    },
    split: (wire) => {
      const parts = splitTopic(wire)
      const word = parts === undefined ? undefined : words.get(`${parts.kind}.${parts.channel}`)
      return parts === undefined || word === undefined ? undefined : { native: parts.native, word }
    },
  })
