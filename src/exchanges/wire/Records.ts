import { type Decoded, noSequence } from "../../domain/Decoded.ts"
import type {
  LongShortRatioRecord,
  LiquidationRecord,
  OpenInterestRecord,
} from "../../domain/RecordSchemas.ts"
import type {
  KlineRecord,
  TickerRecord,
  BboRecord,
  FundingRecord,
  TradeRecord,
} from "../../domain/RecordSchemas.ts"
import type { Stream } from "../../domain/Stream.ts"

/*
 * Records of any venue from values that were checked before: keys, chains and the order of fields as the contract has
 * them. Fields that are `undefined` are left out.
 */

/** A value that may be absent. */
type Loose<A> = { readonly [K in keyof A]: A[K] | undefined }

/** What a record is of, and when: `timestamp` is 0 where the message has no time. */
export interface Moment {
  readonly stream: Stream
  readonly timestamp: number
  readonly receivedAt: number
}

interface Place {
  readonly first?: number
  readonly last?: number
  readonly previous?: number
}

const record = (moment: Moment, key: string, data: string, place: Place = {}): Decoded => ({
  stream: moment.stream,
  type: moment.stream.dataType.type,
  key,
  timestamp: moment.timestamp,
  receivedAt: moment.receivedAt,
  data,
  first: place.first ?? noSequence,
  last: place.last ?? noSequence,
  previous: place.previous ?? noSequence,
})

/** The time that stands in the key of a record whose message has none. */
const timeKey = ({ receivedAt, timestamp }: Moment): string =>
  String(timestamp === 0 ? Math.floor(receivedAt) : timestamp)

/**
 * `ids`: the first and last number that it stands for, where the venue numbers the stream's trades one by one; without
 * them (and with `unnumbered` on the stream) nothing shows that a trade is missing.
 */
export const trade = (
  moment: Moment,
  data: Loose<TradeRecord["data"]>,
  ids?: { readonly first: number; readonly last: number },
): Decoded => {
  const { aggregate, count, price, quantity, side, tradeId, tradeTime } = data
  const key = moment.stream.dataType.aggregate === true ? `agg:${tradeId}` : tradeId!
  const text = JSON.stringify({ price, quantity, side, tradeId, tradeTime, aggregate, count })
  return record(moment, key, text, ids)
}

export const bbo = (moment: Moment, data: Loose<BboRecord["data"]>): Decoded => {
  const { ask, askQuantity, bid, bidQuantity, sequence } = data
  const text = JSON.stringify({ bid, bidQuantity, ask, askQuantity, sequence })
  return record(moment, sequence ?? timeKey(moment), text)
}

/** `bids` and `asks` are `levelsText`s. `previous` where the venue names the delta before. */
export const delta = (
  moment: Moment,
  book: { readonly bids: string; readonly asks: string; readonly checksum?: number | undefined },
  sequence: { readonly first: number; readonly last: number; readonly previous?: number | undefined },
): Decoded => {
  const { first, last, previous = noSequence } = sequence
  const before = previous === noSequence ? "" : `,"previous":"${previous}"`
  const text = `{"kind":"delta","bids":${book.bids},"asks":${book.asks},"sequence":{"first":"${first}","last":"${last}"${before}}}`
  return summed(record(moment, String(last), text, { first, last, previous }), book.checksum)
}

/** A whole book, or its best levels where the stream's data type says how many. */
export const snapshot = (
  moment: Moment,
  book: { readonly bids: string; readonly asks: string; readonly checksum?: number | undefined },
  last: number,
): Decoded => {
  const { levels } = moment.stream.dataType
  const depth = levels === undefined ? "" : `,"depth":${levels}`
  const text = `{"kind":"snapshot","bids":${book.bids},"asks":${book.asks},"sequence":{"last":"${last}"}${depth}}`
  return summed(record(moment, `snapshot:${levels ?? "full"}:${last}`, text, { last }), book.checksum)
}

/** A chain of deltas verifies the sum; a record without one stays as it is. */
const summed = (made: Decoded, checksum: number | undefined): Decoded =>
  checksum === undefined ? made : { ...made, checksum }

/** The stream's interval; a closed one has its end as its event time in the key's stead. */
export const kline = (moment: Moment, data: Loose<Omit<KlineRecord["data"], "interval">>): Decoded => {
  const { interval } = moment.stream.dataType
  const { startTime, endTime, open, high, low, close, volume, quoteVolume, trades, closed } = data
  const text = JSON.stringify({
    interval,
    startTime,
    endTime,
    open,
    high,
    low,
    close,
    volume,
    quoteVolume,
    trades,
    closed,
  })
  const key = `${interval}:${startTime}:${closed === true ? "closed" : timeKey(moment)}`
  return record(
    moment,
    key,
    text,
    closed === true ? { first: startTime!, last: endTime! } : { first: startTime! },
  )
}

export const ticker = (moment: Moment, data: Loose<TickerRecord["data"]>): Decoded => {
  const { last, open, high, low, volume, quoteVolume, change, changePercent } = data
  const { bid, bidQuantity, ask, askQuantity, openTime, closeTime } = data
  const text = JSON.stringify({
    last,
    open,
    high,
    low,
    volume,
    quoteVolume,
    change,
    changePercent,
    bid,
    bidQuantity,
    ask,
    askQuantity,
    openTime,
    closeTime,
  })
  return record(moment, timeKey(moment), text)
}

export const funding = (moment: Moment, data: Loose<FundingRecord["data"]>): Decoded => {
  const { rate, nextFundingTime, intervalHours, markPrice, indexPrice, predictedRate, settled } = data
  const text = JSON.stringify({
    rate,
    nextFundingTime,
    intervalHours,
    markPrice,
    indexPrice,
    predictedRate,
    settled,
  })
  // What is expected at the moment of a payment is not what is paid.
  return record(moment, settled === true ? `settled:${timeKey(moment)}` : timeKey(moment), text)
}

export const openInterest = (moment: Moment, data: Loose<OpenInterestRecord["data"]>): Decoded => {
  const { amount, unit, value } = data
  return record(moment, timeKey(moment), JSON.stringify({ amount, unit, value }))
}

/** `id` where the venue has one. */
export const liquidation = (moment: Moment, data: Loose<LiquidationRecord["data"]>, id?: string): Decoded => {
  const { price, quantity, side, averagePrice, filledQuantity, status, tradeTime } = data
  const text = JSON.stringify({ price, quantity, side, averagePrice, filledQuantity, status, tradeTime })
  return record(moment, id ?? `${tradeTime}:${side}:${price}:${quantity}`, text)
}

/** A mark price or an index price, as the stream has it. */
export const price = (moment: Moment, value: string): Decoded =>
  record(moment, timeKey(moment), JSON.stringify({ price: value }))

export const longShortRatio = (moment: Moment, data: Loose<LongShortRatioRecord["data"]>): Decoded => {
  const { kind, period, ratio, long, short } = data
  const text = JSON.stringify({ kind, period, ratio, long, short })
  return record(moment, `${kind}:${period}:${timeKey(moment)}`, text)
}

export const volatilityIndex = (moment: Moment, value: string): Decoded =>
  record(moment, timeKey(moment), JSON.stringify({ value }))
