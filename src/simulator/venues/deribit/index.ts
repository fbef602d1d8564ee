import type { Protocol, StreamKind } from "../Protocol.ts"
import { deribitAnatomy } from "./Anatomy.ts"
import { deribitDialogue } from "./Dialogue.ts"
import { messages, periodic } from "./Messages.ts"
import { deribitNumbering } from "./Numbering.ts"
import { deribitManners, deribitRest } from "./Rest.ts"
import { type ChannelName, intervalOf, isIndex, splitName } from "./StreamNames.ts"

const kindOf = ({ behind, channel, native }: ChannelName): StreamKind | undefined => {
  if (isIndex(native)) return Object.hasOwn(periodic, channel) ? periodic[channel] : undefined
  switch (channel) {
    case "trades":
      return behind === "100ms" ? { type: "trade" } : undefined
    case "ticker":
      return behind === "100ms" ? { type: "ticker" } : undefined
    case "quote":
      return behind === "" ? { type: "bookTicker" } : undefined
    case "book": {
      const levels = /^none\.(1|10|20)\.100ms$/.exec(behind)?.[1]
      if (levels !== undefined) return { type: "depth", everyMillis: 100, levels: Number(levels) }
      return behind === "100ms" ? { type: "depth", everyMillis: 100 } : undefined
    }
    case "chart.trades": {
      const interval = intervalOf(behind)
      return interval === undefined ? undefined : { type: "kline", interval }
    }
    default:
      return undefined
  }
}

const stream: Protocol["stream"] = (name) => {
  const parts = splitName(name)
  const kind = parts === undefined ? undefined : kindOf(parts)
  return parts === undefined || kind === undefined ? undefined : { native: parts.native, kind }
}

/**
 * Deribit version 2: each pair as spot, as a perpetual that is settled in its quote, as one against the dollar that is
 * settled in the coin, and as the index of that one. Streams are called by their channel; payloads are whole messages.
 */
export const deribit: Protocol = {
  venue: "deribit",
  limits: {
    messagesPerSecond: 200,
    streamsPerConnection: 500,
    attempts: 32,
    attemptWindowMillis: 60_000,
    // Its heartbeats are messages.
    pingMillis: Number.POSITIVE_INFINITY,
    pongMillis: Number.POSITIVE_INFINITY,
    lifeMillis: 86_400_000,
    weightPerMinute: 1200,
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
    natives: (base, quote) => [
      `${base}_${quote}`,
      `${base}_${quote}-PERPETUAL`,
      `${base}-PERPETUAL`,
      `${base}_usd`.toLowerCase(),
    ],
  },
  decimals: { price: 0, quantity: 0, quote: 0, average: 0 },
  messages,
  route: (path) => (path === "/ws/api/v2" ? { name: "", combined: true, streams: [] } : undefined),
  stream,
  carries: () => true,
  dialogue: deribitDialogue(stream),
  wrap: (_, payload) => payload,
  anatomy: deribitAnatomy,
  numbering: deribitNumbering,
  restManners: deribitManners,
  rest: deribitRest,
}
