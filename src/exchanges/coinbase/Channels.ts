import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Catalogue, makeCatalogue } from "../wire/Catalogue.ts"
import { pollRoute, type Refusal } from "../Venue.ts"
import { intervals } from "./Polls.ts"

/**
 * The channel of each word. `level2` has the same messages as `level2_batch`, one for each change rather than for 50 ms
 * of them; since July of 2023 it is for those alone who have an account.
 */
const channels: ReadonlyMap<string, string> = new Map([
  ["trade", "matches"],
  // By REST alone; a name of ours.
  ...intervals.map((interval) => [`kline_${interval}`, `candles_${interval}`] as const),
  ["ticker", "ticker"],
  ["depth", "level2_batch"],
])

export const offers: ReadonlyArray<string> = [...channels.keys()]

const words: ReadonlyMap<string, string> = new Map([
  ...[...channels].map(([word, channel]) => [channel, word] as const),
  ["level2", "depth"],
])

/** A pair by Coinbase's name, which is the canonical one: `BTC-USD`. */
const coinbaseInstrument = (spelling: string): Instrument | Refusal => {
  const pair = splitPair(spelling)
  if (pair === undefined)
    return { refused: `"${spelling}" is no instrument of coinbase: write BTC-USD, BTC/USD or BTCUSD` }
  const { base, quote } = pair
  const name = `${base}-${quote}`
  return { exchange: "coinbase", market: "spot", base, quote, symbol: name, native: name }
}

/** Streams by their wire name: the channel and the product, `matches:BTC-USD`. */
export const makeCoinbaseCatalogue = (): Catalogue =>
  makeCatalogue({
    venue: "coinbase",
    offers,
    read: coinbaseInstrument,
    place: ({ type, word }, { native }) => {
      const wire = `${channels.get(word)!}:${native}`
      // An interval without a trade has no candle.
      return type === "kline" ? { wire, route: pollRoute, unnumbered: true } : { wire, route: "public" }
    },
    split: (wire) => {
      const at = wire.indexOf(":")
      const word = words.get(wire.slice(0, at))
      return word === undefined ? undefined : { native: wire.slice(at + 1), word }
    },
  })

export const channelOf = ({ wire }: Stream): string => wire.slice(0, wire.indexOf(":"))

/** The name that a stream of this channel goes by here: that of the public channel. */
export const wireOf = (channel: string, product: string): string =>
  `${channels.get(words.get(channel) ?? "") ?? channel}:${product}`
