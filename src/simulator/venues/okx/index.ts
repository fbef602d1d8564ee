import type { Protocol, StreamKind } from "../Protocol.ts"
import { okxAnatomy } from "./Anatomy.ts"
import { okxDialogue } from "./Dialogue.ts"
import { messages, periodic } from "./Messages.ts"
import { okxNumbering } from "./Numbering.ts"
import { okxManners, okxRest } from "./Rest.ts"
import { intervalOf, splitName } from "./StreamNames.ts"

const kinds: Readonly<Record<string, StreamKind>> = {
  "trades-all": { type: "trade" },
  trades: { type: "aggTrade" },
  tickers: { type: "ticker" },
  "bbo-tbt": { type: "bookTicker" },
  books: { type: "depth", everyMillis: 100 },
  books5: { type: "depth", everyMillis: 100, levels: 5 },
  ...periodic,
}

const ofSwaps = ["mark-price", "open-interest", "funding-rate", "liquidation-orders"]

const stream: Protocol["stream"] = (name) => {
  const { channel, native } = splitName(name)
  if (ofSwaps.includes(channel) && !native.endsWith("-SWAP")) return undefined
  if (channel.startsWith("candle")) {
    const interval = intervalOf(channel.slice("candle".length))
    return interval === undefined ? undefined : { native, kind: { type: "kline", interval } }
  }
  const kind = Object.hasOwn(kinds, channel) ? kinds[channel] : undefined
  return kind === undefined ? undefined : { native, kind }
}

/**
 * OKX version 5: each pair as spot and as a perpetual swap, on the routes `public` and `business`. Streams are called by
 * channel and instrument, `books:BTC-USDT`; their payloads are whole messages.
 */
export const okx: Protocol = {
  venue: "okx",
  limits: {
    messagesPerSecond: 20,
    streamsPerConnection: 1000,
    attempts: 3,
    attemptWindowMillis: 1000,
    // It sends no pings.
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
    priceDecimals: 1,
    unitDollars: 1,
    quoteDecimals: 12,
    natives: (base, quote) => [`${base}-${quote}`, `${base}-${quote}-SWAP`],
  },
  decimals: { price: 0, quantity: 0, quote: 0, average: 0 },
  messages,
  route: (path) => {
    const name = /^\/ws\/v5\/(public|business)$/.exec(path)?.[1]
    return name === undefined ? undefined : { name, combined: true, streams: [] }
  },
  stream,
  // The dialogue refuses what a route does not carry.
  carries: () => true,
  dialogue: okxDialogue(stream),
  wrap: (_, payload) => payload,
  anatomy: okxAnatomy,
  // As documented, half a minute before a service is upgraded.
  closing: () => ({
    stream: "notice",
    text: `{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a4d3ae55"}`,
    form: "message",
  }),
  numbering: okxNumbering,
  idleMillis: 30_000,
  restManners: okxManners,
  rest: okxRest,
}
