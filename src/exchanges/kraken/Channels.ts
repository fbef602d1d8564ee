import type { KlineInterval } from "../../domain/DataType.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Catalogue, makeCatalogue } from "../wire/Catalogue.ts"
import { krakenInstrument } from "./Names.ts"

/** Levels a side of the book that is subscribed, the most that Kraken gives: what lies deeper is not told. */
export const bookLevels = 1000

/**
 * Minutes of the intervals, as Kraken says them. Its week of 10080 minutes is left out: nothing recorded shows on which
 * day it begins; nor has anyone else 15 days.
 */
const minutes: Readonly<Partial<Record<KlineInterval, number>>> = {
  "1m": 1,
  "5m": 5,
  "15m": 15,
  "30m": 30,
  "1h": 60,
  "4h": 240,
  "1d": 1440,
}

export const lengthOf = (interval: KlineInterval): number => minutes[interval]! * 60_000

/** The channel of each word by the name that its messages carry. */
const channels: ReadonlyMap<string, string> = new Map<string, string>([
  ["trade", "trade"],
  ...Object.entries(minutes).map(([interval, length]) => [`kline_${interval}`, `ohlc-${length}`] as const),
  ["ticker", "ticker"],
  ["bbo", "spread"],
  ["depth", `book-${bookLevels}`],
])

export const offers: ReadonlyArray<string> = [...channels.keys()]

const words: ReadonlyMap<string, string> = new Map([...channels].map(([word, name]) => [name, word]))

/** Streams by their wire name: the channel and the pair, `book-1000:XBT/USD`. */
export const makeKrakenCatalogue = (): Catalogue =>
  makeCatalogue({
    venue: "kraken",
    offers,
    read: krakenInstrument,
    place: ({ type, word }, { native }) => ({
      wire: `${channels.get(word)!}:${native}`,
      route: "public",
      // No trade has a number in version 1, and no candle is said to be closed.
      ...(type === "trade" || type === "kline" ? { unnumbered: true } : {}),
    }),
    split: (wire) => {
      const at = wire.indexOf(":")
      const word = words.get(wire.slice(0, at))
      return word === undefined ? undefined : { native: wire.slice(at + 1), word }
    },
  })

/** `book-1000`, the name that a stream's messages carry. */
export const channelOf = ({ wire }: Stream): string => wire.slice(0, wire.indexOf(":"))

/** What `subscription` says of a channel: `{"name":"book","depth":1000}`. */
export const subscriptionOf = (channel: string): Readonly<Record<string, string | number>> => {
  const [name, parameter] = channel.split("-")
  if (parameter === undefined) return { name: name! }
  return { name: name!, [name === "book" ? "depth" : "interval"]: Number(parameter) }
}

/** The channel that a subscription describes, where an answer has no `channelName`. */
export const channelNamed = (subscription: Readonly<Record<string, unknown>>): string | undefined => {
  const { depth, interval, name } = subscription
  if (typeof name !== "string") return undefined
  const parameter = depth ?? interval
  return typeof parameter === "number" ? `${name}-${parameter}` : name
}
