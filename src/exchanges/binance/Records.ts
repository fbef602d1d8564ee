import { type Decoded, noSequence } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"

/*
 * The records' `data` as text, from values that were validated before: what the guards make. Scanners write the same as
 * bytes (`exchanges/scan/Shapes.ts`), and tests hold the two to each other.
 */

const record = (
  stream: Stream,
  key: string,
  timestamp: number,
  receivedAt: number,
  data: string,
  first: number,
  last: number,
  previous: number,
): Decoded => ({
  stream,
  type: stream.dataType.type,
  key,
  timestamp,
  receivedAt,
  data,
  first,
  last,
  previous,
})

/** `time` is the trade's own, as text; `seller` whether the taker sold. */
export const tradeRecord = (
  stream: Stream,
  receivedAt: number,
  timestamp: number,
  price: string,
  quantity: string,
  seller: boolean,
  tradeId: string,
  id: number,
  time: string,
): Decoded => {
  const data =
    '{"price":"' +
    price +
    '","quantity":"' +
    quantity +
    (seller ? '","side":"sell","tradeId":"' : '","side":"buy","tradeId":"') +
    tradeId +
    '","tradeTime":' +
    time +
    "}"
  return record(stream, tradeId, timestamp, receivedAt, data, id, id, noSequence)
}

/** `first` and `last` are the ids of the trades that the exchange merged. */
export const aggregateRecord = (
  stream: Stream,
  receivedAt: number,
  timestamp: number,
  price: string,
  quantity: string,
  seller: boolean,
  tradeId: string,
  id: number,
  time: string,
  first: string,
  last: string,
): Decoded => {
  const data =
    '{"price":"' +
    price +
    '","quantity":"' +
    quantity +
    (seller ? '","side":"sell","tradeId":"' : '","side":"buy","tradeId":"') +
    tradeId +
    '","tradeTime":' +
    time +
    ',"aggregate":{"first":"' +
    first +
    '","last":"' +
    last +
    '"}}'
  return record(stream, "agg:" + tradeId, timestamp, receivedAt, data, id, id, noSequence)
}

/** Best prices; `timestamp` is 0 where the message has none. The sequence is an id and no chain: it jumps. */
export const bboRecord = (
  stream: Stream,
  receivedAt: number,
  timestamp: number,
  bid: string,
  bidQuantity: string,
  ask: string,
  askQuantity: string,
  sequence: string,
): Decoded => {
  const data =
    '{"bid":"' +
    bid +
    '","bidQuantity":"' +
    bidQuantity +
    '","ask":"' +
    ask +
    '","askQuantity":"' +
    askQuantity +
    '","sequence":"' +
    sequence +
    '"}'
  return record(stream, sequence, timestamp, receivedAt, data, noSequence, Number(sequence), noSequence)
}

/**
 * `bids` and `asks` are lists as text, best first. Each sequence comes as text and as a number; `previous` is empty
 * text and `noSequence` where the exchange has none.
 */
export const deltaRecord = (
  stream: Stream,
  receivedAt: number,
  timestamp: number,
  bids: string,
  asks: string,
  firstText: string,
  first: number,
  lastText: string,
  last: number,
  previousText: string,
  previous: number,
): Decoded => {
  const data =
    '{"kind":"delta","bids":' +
    bids +
    ',"asks":' +
    asks +
    ',"sequence":{"first":"' +
    firstText +
    '","last":"' +
    lastText +
    (previous === noSequence ? '"}}' : '","previous":"' + previousText + '"}}')
  return record(stream, lastText, timestamp, receivedAt, data, first, last, previous)
}

/** `depth` is the number of levels asked for. */
export const snapshotRecord = (
  stream: Stream,
  receivedAt: number,
  timestamp: number,
  bids: string,
  asks: string,
  last: number,
  depth: number,
): Decoded => {
  const data =
    `{"kind":"snapshot","bids":${bids},"asks":${asks},` + `"sequence":{"last":"${last}"},"depth":${depth}}`
  return record(
    stream,
    `snapshot:${depth}:${last}`,
    timestamp,
    receivedAt,
    data,
    noSequence,
    last,
    noSequence,
  )
}

/** For the kinds whose `data` has many optional fields, and which come seldom: from an object. */
export const plainRecord = (
  stream: Stream,
  receivedAt: number,
  timestamp: number,
  key: string,
  data: object,
): Decoded =>
  record(stream, key, timestamp, receivedAt, JSON.stringify(data), noSequence, noSequence, noSequence)

/**
 * What `v` and `q` of klines and tickers count: the base and the quote, or contracts and the base (COIN-M), whose quote
 * nobody tells.
 */
export type Counting = "assets" | "contracts"

export const volumesOf = (
  counting: Counting,
  v: unknown,
  q: unknown,
): { readonly volume: unknown; readonly quoteVolume: unknown } =>
  counting === "assets" ? { volume: v, quoteVolume: q } : { volume: q, quoteVolume: undefined }

/** A kline's `data`, its fields in the order of the contract. */
export const klineData = (values: {
  readonly interval: unknown
  readonly startTime: unknown
  readonly endTime: unknown
  readonly open: unknown
  readonly high: unknown
  readonly low: unknown
  readonly close: unknown
  readonly volume: unknown
  readonly quoteVolume: unknown
  readonly trades: unknown
  readonly closed: unknown
}): object => {
  const { interval, startTime, endTime, open, high, low, close, volume, quoteVolume, trades, closed } = values
  return { interval, startTime, endTime, open, high, low, close, volume, quoteVolume, trades, closed }
}

/** `first` and `last`: the kline's first and last millisecond; `last` is `noSequence` while it is open. */
export const klineRecord = (
  stream: Stream,
  receivedAt: number,
  timestamp: number,
  key: string,
  data: object,
  first: number,
  last: number,
): Decoded => record(stream, key, timestamp, receivedAt, JSON.stringify(data), first, last, noSequence)
