import type { MarketRecord } from "../../../src/domain/Record.ts"

/**
 * What an exchange's message and the record made of it must have in common, worked out without the code that is
 * tested: where it stands in its stream, and what it says.
 */
export interface Said {
  /** Goes up within a stream: an id, an update's number, a time. */
  readonly key: number
  /** Of everything that it says. */
  readonly hash: number
}

const hashOf = (...parts: ReadonlyArray<unknown>): number => {
  const text = parts.join("|")
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** A candle says so often how it stands; the last word on it may come in the same millisecond as another. */
const klineKey = (time: number, closed: boolean): number => time * 2 + (closed ? 1 : 0)

const levelsHash = (levels: ReadonlyArray<ReadonlyArray<unknown>>): number =>
  hashOf(...levels.map((level) => level.join(":")).toSorted())

type Fields = Readonly<Record<string, never>>

const readers: Readonly<Record<string, (message: Fields) => Said>> = {
  trade: (m) => ({ key: Number(m["t"]), hash: hashOf(m["p"], m["q"], m["m"] ? "sell" : "buy", m["T"]) }),
  bookTicker: (m) => ({ key: Number(m["u"]), hash: hashOf(m["b"], m["B"], m["a"], m["A"]) }),
  ticker: (m) => ({ key: Number(m["E"]), hash: hashOf(m["c"], m["o"], m["h"], m["l"], m["v"]) }),
  kline_1m: (m) => {
    const { c, h, l, o, t, v, x } = m["k"]! as Fields
    return { key: klineKey(Number(m["E"]), Boolean(x)), hash: hashOf(t, o, h, l, c, v) }
  },
  "depth@100ms": (m) => ({
    key: Number(m["u"]),
    hash: hashOf(m["U"], levelsHash(m["b"]!), levelsHash(m["a"]!)),
  }),
}

const streamTypes: Readonly<Record<string, string>> = {
  trade: "trade",
  bookTicker: "bbo",
  ticker: "ticker",
  kline_1m: "kline",
  "depth@100ms": "depth",
}

export const dataTypes = ["trade", "kline_1m", "ticker", "bbo", "depth"] as const

/** `BTCUSDT trade`, by the name of a stream of Binance; `undefined` for one that is not compared. */
export const placeOfStream = (stream: string): string | undefined => {
  const at = stream.indexOf("@")
  const type = streamTypes[stream.slice(at + 1)]
  return type === undefined ? undefined : `${stream.slice(0, at).toUpperCase()} ${type}`
}

export const placeOf = ({ native, type }: Pick<MarketRecord, "native" | "type">): string =>
  `${native} ${type}`

/** What a message of the exchange says. */
export const saidBy = (stream: string, payload: string): Said =>
  readers[stream.slice(stream.indexOf("@") + 1)]!(JSON.parse(payload) as Fields)

/** What a record says of the message that it was made of; `undefined` for one that was not made of a stream's message. */
export const saidOf = (record: MarketRecord): Said | undefined => {
  switch (record.type) {
    case "trade": {
      const { aggregate, price, quantity, side, tradeId, tradeTime } = record.data
      // A stream of its own, with ids of its own.
      if (aggregate !== undefined) return undefined
      return { key: Number(tradeId), hash: hashOf(price, quantity, side, tradeTime) }
    }
    case "bbo": {
      const { ask, askQuantity, bid, bidQuantity, sequence } = record.data
      return { key: Number(sequence), hash: hashOf(bid, bidQuantity, ask, askQuantity) }
    }
    case "ticker": {
      const { high, last, low, open, volume } = record.data
      return { key: record.timestamp, hash: hashOf(last, open, high, low, volume) }
    }
    case "kline": {
      const { close, closed, high, low, open, startTime, volume } = record.data
      return {
        key: klineKey(record.timestamp, closed),
        hash: hashOf(startTime, open, high, low, close, volume),
      }
    }
    case "depth": {
      const { asks, bids, kind, sequence } = record.data
      if (kind === "snapshot") return undefined
      return {
        key: Number(sequence.last),
        hash: hashOf(sequence.first, levelsHash(bids), levelsHash(asks)),
      }
    }
    default:
      return undefined
  }
}
