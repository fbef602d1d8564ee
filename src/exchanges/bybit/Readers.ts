import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"

/*
 * Sizes of linear contracts count the base. Those of inverse ones count contracts of a dollar each, so that what they call
 * turnover counts the base and what they call volume is worth as many dollars (held to the sample of BTCUSD).
 */

/** One entry of a message's `data`, as a record. */
export type Read = (item: unknown, stream: Stream, receivedAt: number, message: Fields) => Decoded | Reject

export const isInverse = ({ route }: Stream): boolean => route === "inverse"

const momentOf = (message: Fields, stream: Stream, receivedAt: number): Records.Moment => ({
  stream,
  timestamp: timeOf(message["ts"]) ?? 0,
  receivedAt,
})

const notFields = (item: unknown, stream: Stream): Reject => ({
  reason: "bad_field",
  detail: mismatch("data", "an object", item),
  stream,
})

const otherSymbol = (got: unknown, stream: Stream): Reject => ({
  reason: "symbol_mismatch",
  detail: mismatch("data.s", stream.instrument.native, got),
  stream,
})

/** `Buy` of a trade is the taker's; of a liquidation it is the position's, whose order is the other way round. */
const sides = { Buy: "buy", Sell: "sell" } as const
const orders = { Buy: "sell", Sell: "buy" } as const
type Side = keyof typeof sides

const side = Shape.oneOf("Buy", "Sell")
const id = {
  is: (value: unknown) => typeof value === "string" && /^[\w-]{1,64}$/.test(value),
  wanted: "an id",
  reason: "bad_field",
} as const

const tradeShape = { T: Shape.time, S: side, v: Shape.decimal, p: Shape.decimal, i: id }

/** `i` is a UUID, of spot a number that skips: nothing shows that a trade is missing. */
export const readTrade: Read = (item, stream, receivedAt, message) => {
  if (!isFields(item)) return notFields(item, stream)
  if (item["s"] !== stream.instrument.native) return otherSymbol(item["s"], stream)
  const problem = Shape.wrong("data", item, tradeShape, stream)
  if (problem !== undefined) return problem
  return Records.trade(momentOf(message, stream, receivedAt), {
    price: item["p"] as string,
    quantity: item["v"] as string,
    side: sides[item["S"] as Side],
    tradeId: item["i"] as string,
    tradeTime: timeOf(item["T"]),
    aggregate: undefined,
    count: undefined,
  })
}

const liquidationShape = { T: Shape.time, S: side, v: Shape.decimal, p: Shape.decimal }

/** `p` is the price of bankruptcy. */
export const readLiquidation: Read = (item, stream, receivedAt, message) => {
  if (!isFields(item)) return notFields(item, stream)
  if (item["s"] !== stream.instrument.native) return otherSymbol(item["s"], stream)
  const problem = Shape.wrong("data", item, liquidationShape, stream)
  if (problem !== undefined) return problem
  return Records.liquidation(momentOf(message, stream, receivedAt), {
    price: item["p"] as string,
    quantity: item["v"] as string,
    side: orders[item["S"] as Side],
    averagePrice: undefined,
    filledQuantity: undefined,
    status: undefined,
    tradeTime: timeOf(item["T"]),
  })
}

const priceShape = {
  start: Shape.time,
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  volume: Shape.decimal,
  turnover: Shape.decimal,
}

/** A kline of the stream, or of a row from REST. */
export const klineOf = (
  item: Fields,
  moment: Records.Moment,
  closed: boolean | undefined,
): Decoded | Reject => {
  const { stream } = moment
  const problem = Shape.wrong("data", item, priceShape, stream)
  if (problem !== undefined) return problem
  const startTime = timeOf(item["start"])!
  const endTime = nextOpenTime(stream.dataType.interval!, startTime) - 1
  return Records.kline(
    { ...moment, timestamp: closed === undefined ? endTime : moment.timestamp },
    {
      startTime,
      endTime,
      open: item["open"] as string,
      high: item["high"] as string,
      low: item["low"] as string,
      close: item["close"] as string,
      volume: item[isInverse(stream) ? "turnover" : "volume"] as string,
      quoteVolume: item[isInverse(stream) ? "volume" : "turnover"] as string,
      trades: undefined,
      closed: closed ?? true,
    },
  )
}

export const readKline: Read = (item, stream, receivedAt, message) => {
  if (!isFields(item)) return notFields(item, stream)
  const problem = Shape.wrong("data", item, { confirm: Shape.flag }, stream)
  if (problem !== undefined) return problem
  return klineOf(item, momentOf(message, stream, receivedAt), item["confirm"] as boolean)
}

const bookShape = { u: Shape.natural }

/** What all books have: checked levels, and the update's number. */
const bookOf = (item: unknown, stream: Stream) => {
  if (!isFields(item)) return notFields(item, stream)
  if (item["s"] !== stream.instrument.native) return otherSymbol(item["s"], stream)
  const problem = Shape.wrong("data", item, bookShape, stream)
  if (problem !== undefined) return problem
  const bids = levelsText(item["b"], "bids")
  if (bids === undefined)
    return { reason: "bad_levels", detail: describeLevels("data.b", item["b"]), stream } as const
  const asks = levelsText(item["a"], "asks")
  if (asks === undefined)
    return { reason: "bad_levels", detail: describeLevels("data.a", item["a"]), stream } as const
  return { item, bids, asks, last: naturalOf(item["u"])! }
}

const notAType = (type: unknown, wanted: string, stream: Stream): Reject => ({
  reason: "bad_field",
  detail: mismatch("type", wanted, type),
  stream,
})

/** A snapshot, or what changed; whatever it is called, the update with the number 1 is a whole book. */
export const readBook: Read = (item, stream, receivedAt, message) => {
  const book = bookOf(item, stream)
  if ("reason" in book) return book
  const { asks, bids, last } = book
  const moment = momentOf(message, stream, receivedAt)
  if (message["type"] === "snapshot" || last === 1) return Records.snapshot(moment, { bids, asks }, last)
  if (message["type"] !== "delta") return notAType(message["type"], "snapshot or delta", stream)
  return Records.delta(moment, { bids, asks }, { first: last, last })
}

/**
 * The best level of each side: always the whole, again after three seconds without a change, with the same `u` and so
 * the same id. `undefined` where a side has none.
 */
export const readBest = (
  item: unknown,
  stream: Stream,
  receivedAt: number,
  message: Fields,
): Decoded | Reject | undefined => {
  const book = bookOf(item, stream)
  if ("reason" in book) return book
  if (message["type"] !== "snapshot") return notAType(message["type"], "snapshot", stream)
  const [ask] = book.item["a"] as ReadonlyArray<ReadonlyArray<string>>
  const [bid] = book.item["b"] as ReadonlyArray<ReadonlyArray<string>>
  if (ask === undefined || bid === undefined) return undefined
  return Records.bbo(momentOf(message, stream, receivedAt), {
    bid: bid[0],
    bidQuantity: bid[1],
    ask: ask[0],
    askQuantity: ask[1],
    sequence: String(book.last),
  })
}
