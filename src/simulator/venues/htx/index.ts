import type { Protocol, StreamKind } from "../Protocol.ts"
import { htxAnatomy } from "./Anatomy.ts"
import { htxDialogue } from "./Dialogue.ts"
import { bookAnswer, intervalOf, messages } from "./Messages.ts"
import { htxNumbering } from "./Numbering.ts"
import { htxManners, htxRest } from "./Rest.ts"
import { compressed } from "./Wire.ts"

const bookChannel = "mbp.150"

const kinds: Readonly<Record<string, StreamKind>> = {
  // A message holds the fills of one order.
  "trade.detail": { type: "aggTrade" },
  bbo: { type: "bookTicker" },
  ticker: { type: "ticker" },
  [bookChannel]: { type: "depth", everyMillis: 100 },
  "mbp.refresh.5": { type: "depth", everyMillis: 100, levels: 5 },
  "mbp.refresh.10": { type: "depth", everyMillis: 100, levels: 10 },
  "mbp.refresh.20": { type: "depth", everyMillis: 100, levels: 20 },
  "depth.step0": { type: "depth", everyMillis: 1000, levels: 150 },
}

const split = (topic: string): { readonly native: string; readonly channel: string } | undefined => {
  const parts = /^market\.([a-z0-9]+)\.(.+)$/.exec(topic)
  return parts === null ? undefined : { native: parts[1]!, channel: parts[2]! }
}

const stream: Protocol["stream"] = (name) => {
  const parts = split(name)
  if (parts === undefined) return undefined
  const { channel, native } = parts
  if (channel.startsWith("kline.")) {
    const interval = intervalOf(channel.slice("kline.".length))
    return interval === undefined ? undefined : { native, kind: { type: "kline", interval } }
  }
  const kind = Object.hasOwn(kinds, channel) ? kinds[channel] : undefined
  return kind === undefined ? undefined : { native, kind }
}

const isOnFeed = (topic: string): boolean => topic.includes(".mbp.")

/**
 * HTX spot: `/ws`, and `/feed` for books by price. Its book has all levels of the market, more than the 150 that the
 * real one tells.
 */
export const htx: Protocol = {
  venue: "htx",
  limits: {
    messagesPerSecond: 50,
    streamsPerConnection: 1000,
    attempts: 100,
    attemptWindowMillis: 1000,
    // It pings in messages.
    pingMillis: Number.POSITIVE_INFINITY,
    pongMillis: Number.POSITIVE_INFINITY,
    lifeMillis: 86_400_000,
    weightPerMinute: 600,
    refusalsBeforeBan: 1000,
    banMillis: 60_000,
  },
  push: { kline: 1, ticker: 10 },
  klinePushMillis: () => 1000,
  tickerPushMillis: 100,
  style: {
    priceDecimals: 2,
    unitDollars: 1,
    quoteDecimals: 8,
    natives: (base, quote) => [`${base}${quote}`.toLowerCase()],
  },
  decimals: { price: 0, quantity: 0, quote: 0, average: 0 },
  messages,
  route: (path) => {
    const name = /^\/(ws|feed)$/.exec(path)?.[1]
    return name === undefined ? undefined : { name, combined: false, streams: [] }
  },
  stream,
  // The dialogue refuses what an endpoint does not carry.
  carries: () => true,
  dialogue: htxDialogue({
    unansweredPings: 2,
    admits: (_, topic, { catalogue, route }) => {
      const known = stream(topic)
      return (
        known !== undefined &&
        catalogue.symbols.has(known.native) &&
        (route.name === "feed") === isOnFeed(topic)
      )
    },
    answer: (topic, id, { catalogue, route, tell }) => {
      const parts = split(topic)
      const symbol = parts === undefined ? undefined : catalogue.symbols.get(parts.native)
      return symbol === undefined || parts?.channel !== bookChannel || route.name !== "feed"
        ? undefined
        : tell(topic, (time) => bookAnswer(symbol, bookChannel, id, time))
    },
  }),
  wrap: (_, payload) => payload,
  anatomy: htxAnatomy,
  numbering: htxNumbering,
  binary: compressed,
  restManners: htxManners,
  rest: htxRest,
}
