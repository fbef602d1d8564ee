import { htxDialogue } from "../htx/Dialogue.ts"
import { intervalOf } from "../htx/Messages.ts"
import { compressed } from "../htx/Wire.ts"
import type { Listener, Protocol, StreamKind } from "../Protocol.ts"
import { htxSwapAnatomy } from "./Anatomy.ts"
import { bookEveryMillis, messages, periodic } from "./Messages.ts"
import { notificationDialogue } from "./Notifications.ts"
import { htxSwapNumbering } from "./Numbering.ts"
import { htxSwapManners, htxSwapRest } from "./Rest.ts"

const bookChannel = "depth.size_150.high_freq"

const kinds: Readonly<Record<string, StreamKind>> = {
  // A message holds the trades of one match.
  "market.trade.detail": { type: "aggTrade" },
  "market.bbo": { type: "bookTicker" },
  "market.detail": { type: "ticker" },
  [`market.${bookChannel}`]: { type: "depth", everyMillis: bookEveryMillis, always: true },
  "market.depth.size_20.high_freq": { type: "depth", everyMillis: bookEveryMillis, levels: 20 },
  "market.depth.step0": { type: "depth", everyMillis: bookEveryMillis, levels: 150 },
  ...periodic,
}

const split = (topic: string) => {
  const parts = /^(market|public)\.([A-Z0-9]+-USDT?)\.(.+)$/.exec(topic)
  return parts === null ? undefined : { kind: parts[1]!, native: parts[2]!, channel: parts[3]! }
}

const stream: Protocol["stream"] = (name) => {
  const parts = split(name)
  if (parts === undefined) return undefined
  const { channel, kind: of, native } = parts
  if (of === "market" && channel.startsWith("kline.")) {
    const interval = intervalOf(channel.slice("kline.".length))
    return interval === undefined ? undefined : { native, kind: { type: "kline", interval } }
  }
  const key = `${of}.${channel}`
  const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined
  return kind === undefined ? undefined : { native, kind }
}

/** The endpoint that carries a topic. */
const routeOf = (topic: string): string => {
  const coin = /\.[A-Z0-9]+-USD\./.test(topic)
  if (/\.(mark_price|index)\./.test(topic)) return "ws_index"
  return `${coin ? "" : "linear-"}swap-${topic.startsWith("public.") ? "notification" : "ws"}`
}

const carries = (topic: string, { catalogue, route }: Listener): boolean => {
  const known = stream(topic)
  return known !== undefined && catalogue.symbols.has(known.native) && routeOf(topic) === route.name
}

/** Pings that a client may leave unanswered (measured by others; the documents say five). */
const unansweredPings = 4

const market = htxDialogue({
  unansweredPings,
  // Without the word, `high_freq` is whole books.
  admits: (request, topic, listener) =>
    carries(topic, listener) && topic.endsWith(bookChannel) === (request["data_type"] === "incremental"),
})

const notifications = notificationDialogue(carries, unansweredPings)

/**
 * HTX's swaps, each pair as one that is settled in USDT and one in the coin: market data, indices and notifications on
 * endpoints of their own. Its book has all levels of the market, more than the 150 that the real one tells.
 */
export const htxSwap: Protocol = {
  venue: "htx-swap",
  limits: {
    messagesPerSecond: 50,
    streamsPerConnection: 1000,
    attempts: 100,
    attemptWindowMillis: 1000,
    // It pings in messages.
    pingMillis: Number.POSITIVE_INFINITY,
    pongMillis: Number.POSITIVE_INFINITY,
    lifeMillis: 86_400_000,
    weightPerMinute: 2400,
    refusalsBeforeBan: 1000,
    banMillis: 60_000,
  },
  push: { kline: 1, ticker: 10 },
  klinePushMillis: () => 1000,
  tickerPushMillis: 100,
  style: {
    priceDecimals: 1,
    unitDollars: 1,
    // Quantities are whole contracts.
    quoteDecimals: 0,
    natives: (base, quote) => (quote === "USDT" ? [`${base}-USDT`, `${base}-USD`] : [`${base}-${quote}`]),
  },
  decimals: { price: 0, quantity: 0, quote: 0, average: 0 },
  messages,
  route: (path) => {
    const name = /^\/((?:linear-)?swap-(?:ws|notification)|ws_index)$/.exec(path)?.[1]
    return name === undefined ? undefined : { name, combined: false, streams: [] }
  },
  stream,
  // The dialogues refuse what an endpoint does not carry.
  carries: () => true,
  dialogue: (listener) => (listener.route.name.endsWith("notification") ? notifications : market)(listener),
  wrap: (_, payload) => payload,
  anatomy: htxSwapAnatomy,
  // As documented of the notification endpoints; those of market data say nothing.
  closing: (route, now) =>
    route.endsWith("notification")
      ? { stream: "close", text: `{"op":"close","ts":${now}}`, form: "payload" }
      : undefined,
  numbering: htxSwapNumbering,
  binary: compressed,
  restManners: htxSwapManners,
  rest: htxSwapRest,
}
