import type { Protocol, StreamKind } from "../Protocol.ts"
import { bybitAnatomy } from "./Anatomy.ts"
import { liquidations, tickers } from "./Contracts.ts"
import { bybitDialogue } from "./Dialogue.ts"
import { bookMillis, messages } from "./Messages.ts"
import { bybitNumbering } from "./Numbering.ts"
import { bybitManners, bybitRest } from "./Rest.ts"
import { categories, intervalOf, splitName } from "./StreamNames.ts"

const kinds: Readonly<Record<string, StreamKind>> = {
  publicTrade: { type: "trade" },
  "orderbook.1": { type: "bookTicker" },
  "orderbook.1000": { type: "depth", everyMillis: bookMillis },
  tickers: { type: "ticker" },
}

const ofContracts: Readonly<Record<string, StreamKind>> = { tickers, allLiquidation: liquidations }

const stream: Protocol["stream"] = (name) => {
  const { category, channel, native } = splitName(name)
  if (channel.startsWith("kline.")) {
    const interval = intervalOf(channel.slice("kline.".length))
    return interval === undefined ? undefined : { native, kind: { type: "kline", interval } }
  }
  const own = category !== "spot" && Object.hasOwn(ofContracts, channel) ? ofContracts[channel] : undefined
  const kind = own ?? (Object.hasOwn(kinds, channel) ? kinds[channel] : undefined)
  return kind === undefined ? undefined : { native, kind }
}

/**
 * Bybit version 5: each pair as spot, as a linear perpetual and as an inverse one, each kind on a route of its own.
 * Streams are called by their category and topic, `linear:orderbook.1000.BTCUSDT`; their payloads are whole messages.
 */
export const bybit: Protocol = {
  venue: "bybit",
  limits: {
    messagesPerSecond: 100,
    streamsPerConnection: 1000,
    attempts: 500,
    attemptWindowMillis: 300_000,
    // It sends no pings.
    pingMillis: Number.POSITIVE_INFINITY,
    pongMillis: Number.POSITIVE_INFINITY,
    lifeMillis: 86_400_000,
    weightPerMinute: 7200,
    refusalsBeforeBan: 1000,
    banMillis: 600_000,
  },
  push: { kline: 1, ticker: 10 },
  klinePushMillis: () => 1000,
  tickerPushMillis: 100,
  style: {
    priceDecimals: 1,
    unitDollars: 1,
    quoteDecimals: 12,
    natives: (base, quote) => [
      `spot:${base}${quote}`,
      ...(quote === "USDT" ? [`linear:${base}${quote}`, `inverse:${base}USD`] : []),
    ],
  },
  decimals: { price: 0, quantity: 0, quote: 0, average: 0 },
  messages,
  route: (path) => {
    const name = categories.find((each) => path === `/v5/public/${each}`)
    return name === undefined ? undefined : { name, combined: true, streams: [] }
  },
  stream,
  carries: ({ name }, { type }) => name !== "spot" || type !== "periodic",
  dialogue: bybitDialogue(stream),
  wrap: (_, payload) => payload,
  anatomy: bybitAnatomy,
  numbering: bybitNumbering,
  idleMillis: 600_000,
  restManners: bybitManners,
  rest: bybitRest,
}
