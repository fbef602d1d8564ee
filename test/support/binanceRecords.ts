import { Decimal } from "decimal.js"

/*
 * The record contract once more, written for tests from the contract alone: from a parsed message to the record as a
 * plain object whose `JSON.stringify` is the payload. It shares no code with the decoders.
 */

export type Message = Readonly<Record<string, unknown>>

interface Pair {
  readonly base: string
  readonly quote: string
}

/** The pairs that recordings and samples hold. */
const pairs: Readonly<Record<string, Pair>> = {
  BTCUSDT: { base: "BTC", quote: "USDT" },
  ETHUSDT: { base: "ETH", quote: "USDT" },
  BNBBTC: { base: "BNB", quote: "BTC" },
  NKNUSDT: { base: "NKN", quote: "USDT" },
  BLZETH: { base: "BLZ", quote: "ETH" },
  LRCBTC: { base: "LRC", quote: "BTC" },
  RUNEEUR: { base: "RUNE", quote: "EUR" },
  SUSHIUSDT: { base: "SUSHI", quote: "USDT" },
  AKROUSDT: { base: "AKRO", quote: "USDT" },
  KEEPUSDT: { base: "KEEP", quote: "USDT" },
  CTKUSDT: { base: "CTK", quote: "USDT" },
  币安人生USDT: { base: "币安人生", quote: "USDT" },
}

export type VenueName = "binance" | "binance-usdm"

type Levels = ReadonlyArray<ReadonlyArray<unknown>>

const sorted = (levels: unknown, direction: 1 | -1): Levels =>
  (levels as Levels)
    .map(([price, quantity]) => [price, quantity])
    .toSorted(([left], [right]) => direction * new Decimal(String(left)).cmp(String(right)))

const text = (value: unknown): string => String(value)

/** Type, key, event time (0: none) and data of a message of this stream. */
const parts = (venue: VenueName, stream: string, d: Message): readonly [string, string, number, object] => {
  const channel = stream.slice(stream.indexOf("@") + 1)
  const time = Number(d["E"] ?? 0)
  const side = d["m"] === true ? "sell" : "buy"
  if (channel === "trade") {
    const data = { price: d["p"], quantity: d["q"], side, tradeId: text(d["t"]), tradeTime: d["T"] }
    return ["trade", text(d["t"]), time, data]
  }
  if (channel === "aggTrade") {
    const aggregate = { first: text(d["f"]), last: text(d["l"]) }
    const data = {
      price: d["p"],
      quantity: d["q"],
      side,
      tradeId: text(d["a"]),
      tradeTime: d["T"],
      aggregate,
    }
    return ["trade", `agg:${text(d["a"])}`, time, data]
  }
  if (channel.startsWith("kline_")) {
    const k = d["k"] as Message
    const interval = channel.slice("kline_".length)
    const data = {
      interval,
      startTime: k["t"],
      endTime: k["T"],
      open: k["o"],
      high: k["h"],
      low: k["l"],
      close: k["c"],
      volume: k["v"],
      quoteVolume: k["q"],
      trades: k["n"],
      closed: k["x"],
    }
    return ["kline", `${interval}:${text(k["t"])}:${k["x"] === true ? "closed" : time}`, time, data]
  }
  if (channel === "ticker") {
    const data = {
      last: d["c"],
      open: d["o"],
      high: d["h"],
      low: d["l"],
      volume: d["v"],
      quoteVolume: d["q"],
      change: d["p"],
      changePercent: d["P"],
      bid: d["b"],
      bidQuantity: d["B"],
      ask: d["a"],
      askQuantity: d["A"],
      openTime: d["O"],
      closeTime: d["C"],
    }
    return ["ticker", text(time), time, data]
  }
  if (channel === "bookTicker") {
    const { b: bid, B: bidQuantity, a: ask, A: askQuantity } = d
    const sequence = text(d["u"])
    return ["bbo", sequence, venue === "binance" ? 0 : time, { bid, bidQuantity, ask, askQuantity, sequence }]
  }
  const levels = /^depth(\d+)/.exec(channel)?.[1]
  if (levels !== undefined) {
    const spot = venue === "binance"
    return snapshot(
      Number(levels),
      d[spot ? "lastUpdateId" : "u"],
      spot ? 0 : time,
      d[spot ? "bids" : "b"],
      d[spot ? "asks" : "a"],
    )
  }
  const previous = venue === "binance" ? {} : { previous: text(d["pu"]) }
  const sequence = { first: text(d["U"]), last: text(d["u"]), ...previous }
  const data = { kind: "delta", bids: sorted(d["b"], -1), asks: sorted(d["a"], 1), sequence }
  return ["depth", text(d["u"]), time, data]
}

const snapshot = (depth: number, last: unknown, time: number, bids: unknown, asks: unknown) => {
  const sequence = { last: text(last) }
  const data = { kind: "snapshot", bids: sorted(bids, -1), asks: sorted(asks, 1), sequence, depth }
  return ["depth", `snapshot:${depth}:${text(last)}`, time, data] as const
}

const payload = (
  venue: VenueName,
  native: string,
  [type, key, time, data]: readonly [string, string, number, object],
  receivedAt: number,
): string => {
  const { base, quote } = pairs[native]!
  const spot = venue === "binance"
  const symbol = `${base}-${quote}${spot ? "" : "-PERP"}`
  return JSON.stringify({
    type,
    exchange: "binance",
    market: spot ? "spot" : "perpetual",
    symbol,
    native,
    id: `binance:${symbol}:${type}:${key}`,
    timestamp: time === 0 ? Math.floor(receivedAt) : time,
    ...(time === 0 ? { timestampSource: "receive" } : {}),
    receivedAt,
    source: "replay",
    data,
  })
}

/** The payload that a message of a stream must make, `source` being `replay`. */
export const expectedPayload = (
  venue: VenueName,
  stream: string,
  data: Message,
  receivedAt: number,
): string => {
  const native = stream.slice(0, stream.indexOf("@")).toUpperCase()
  return payload(venue, native, parts(venue, stream, data), receivedAt)
}

/** The payload that a REST snapshot must make. */
export const expectedSnapshot = (
  venue: VenueName,
  native: string,
  body: Message,
  depth: number,
  receivedAt: number,
): string => {
  const time = Number(body["E"] ?? 0)
  return payload(
    venue,
    native,
    snapshot(depth, body["lastUpdateId"], time, body["bids"], body["asks"]),
    receivedAt,
  )
}
