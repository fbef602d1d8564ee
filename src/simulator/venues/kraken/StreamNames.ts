import type { KlineInterval } from "../../../domain/DataType.ts"
import type { Protocol, StreamKind } from "../Protocol.ts"

/** Kraken's own names of the assets that it calls otherwise than the market does. */
const ownNames: Readonly<Record<string, string>> = { BTC: "XBT", DOGE: "XDG" }

/** `XBT/USDT`. */
export const pairOf = (base: string, quote: string): string =>
  `${ownNames[base] ?? base}/${ownNames[quote] ?? quote}`

const intervals: ReadonlyMap<string, KlineInterval> = new Map([
  ["1", "1m"],
  ["5", "5m"],
  ["15", "15m"],
  ["30", "30m"],
  ["60", "1h"],
  ["240", "4h"],
  ["1440", "1d"],
])

export const minutesOf = (interval: KlineInterval): string =>
  [...intervals].find(([, each]) => each === interval)![0]

export const intervalOfMinutes = (minutes: string): KlineInterval | undefined => intervals.get(minutes)

const kinds: Readonly<Record<string, StreamKind>> = {
  trade: { type: "trade" },
  ticker: { type: "ticker" },
  spread: { type: "bookTicker" },
  "book-1000": { type: "depth", everyMillis: 100 },
}

/** `book-1000:XBT/USDT`: the channel as its messages call it, and the pair. */
export const stream: Protocol["stream"] = (name) => {
  const at = name.indexOf(":")
  const channel = name.slice(0, at)
  const native = name.slice(at + 1)
  if (channel.startsWith("ohlc-")) {
    const interval = intervals.get(channel.slice("ohlc-".length))
    return interval === undefined ? undefined : { native, kind: { type: "kline", interval } }
  }
  const kind = Object.hasOwn(kinds, channel) ? kinds[channel] : undefined
  return kind === undefined ? undefined : { native, kind }
}

/** What a subscription asks for, as its messages will call it: books are of ten levels and candles of a minute unless it says. */
export const channelOf = (subscription: Readonly<Record<string, unknown>>): string => {
  const { depth = 10, interval = 1, name } = subscription
  if (name === "book") return `book-${String(depth)}`
  return name === "ohlc" ? `ohlc-${String(interval)}` : String(name)
}
