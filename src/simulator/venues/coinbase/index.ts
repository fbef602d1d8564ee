import type { Protocol, StreamKind } from "../Protocol.ts"
import { coinbaseAnatomy } from "./Anatomy.ts"
import { coinbaseDialogue } from "./Dialogue.ts"
import { messages } from "./Messages.ts"
import { coinbaseNumbering } from "./Numbering.ts"
import { coinbaseManners, coinbaseRest } from "./Rest.ts"

const kinds: Readonly<Record<string, StreamKind>> = {
  matches: { type: "trade" },
  ticker: { type: "ticker" },
  level2_batch: { type: "depth", everyMillis: 100 },
}

/** `level2_batch:BTC-USDT`: the channel and the product. */
const stream: Protocol["stream"] = (name) => {
  const at = name.indexOf(":")
  const channel = name.slice(0, at)
  const kind = Object.hasOwn(kinds, channel) ? kinds[channel] : undefined
  return kind === undefined ? undefined : { native: name.slice(at + 1), kind }
}

/**
 * Coinbase Exchange's feed. Streams are called by channel and product, `matches:BTC-USDT`; their payloads are whole
 * messages. Changes of books are put together over 100 ms; the exchange's own time is 50.
 */
export const coinbase: Protocol = {
  venue: "coinbase",
  limits: {
    messagesPerSecond: 100,
    streamsPerConnection: 1000,
    attempts: 8,
    attemptWindowMillis: 1000,
    // It sends no ping frames.
    pingMillis: Number.POSITIVE_INFINITY,
    pongMillis: Number.POSITIVE_INFINITY,
    lifeMillis: Number.POSITIVE_INFINITY,
    weightPerMinute: 600,
    refusalsBeforeBan: 1000,
    banMillis: 60_000,
  },
  push: { kline: 0, ticker: 1 },
  klinePushMillis: () => 1000,
  tickerPushMillis: 1000,
  style: {
    priceDecimals: 2,
    unitDollars: 1,
    quoteDecimals: 12,
    natives: (base, quote) => [`${base}-${quote}`],
  },
  decimals: { price: 0, quantity: 8, quote: 0, average: 0 },
  messages,
  route: (path) => (path === "/" ? { name: "", combined: true, streams: [] } : undefined),
  stream,
  carries: () => true,
  dialogue: coinbaseDialogue(stream),
  wrap: (_, payload) => payload,
  anatomy: coinbaseAnatomy,
  numbering: coinbaseNumbering,
  restManners: coinbaseManners,
  rest: coinbaseRest,
}
