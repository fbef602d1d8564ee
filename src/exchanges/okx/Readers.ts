import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"

/** One entry of a message's `data`, as a record; `undefined` where it holds none. */
export type Read = (
  item: Fields,
  stream: Stream,
  receivedAt: number,
  message: Fields,
) => Decoded | Reject | undefined

const momentOf = (item: Fields, stream: Stream, receivedAt: number): Records.Moment => ({
  stream,
  timestamp: timeOf(item["ts"]) ?? 0,
  receivedAt,
})

const isSpot = ({ instrument }: Stream): boolean => instrument.market === "spot"

const tradeShape = {
  tradeId: Shape.natural,
  px: Shape.decimal,
  sz: Shape.decimal,
  side: Shape.oneOf("buy", "sell"),
  ts: Shape.time,
  count: Shape.optional(Shape.natural),
}

/**
 * `tradeId` is the id of the last fill that the entry stands for, and `count` how many there are: ids of an instrument
 * follow each other (in every recorded session). `sz` of derivatives counts contracts.
 */
export const readTrade: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, tradeShape, stream)
  if (problem !== undefined) return problem
  const last = naturalOf(item["tradeId"])!
  const merged = naturalOf(item["count"] ?? undefined)
  const data = {
    price: item["px"] as string,
    quantity: item["sz"] as string,
    side: item["side"] as "buy" | "sell",
    tradeId: String(item["tradeId"]),
    tradeTime: timeOf(item["ts"]),
    aggregate: undefined,
    count: stream.dataType.aggregate === true ? merged : undefined,
  }
  const first = stream.dataType.aggregate === true ? last - Math.max(1, merged ?? 1) + 1 : last
  return Records.trade(momentOf(item, stream, receivedAt), data, { first, last })
}

/** `[time, open, high, low, close, volume, volume in currency, volume in quote, confirmed]`; the last two since 2022. */
export const readCandle = (row: unknown, stream: Stream, receivedAt: number): Decoded | Reject => {
  const reject = (detail: string): Reject => ({ reason: "bad_field", detail, stream })
  if (!Array.isArray(row)) return reject(mismatch("data", "a list of values", row))
  const [ts, open, high, low, close, volume, inCurrency, inQuote, confirm] = row as ReadonlyArray<unknown>
  const fields = { ts, open, high, low, close, volume, inCurrency, inQuote, confirm }
  const problem = Shape.wrong("data", fields, candleShape, stream)
  if (problem !== undefined) return problem
  const startTime = timeOf(ts)!
  const quoteVolume = Shape.textIn(fields, "inQuote") ?? (isSpot(stream) ? (inCurrency as string) : undefined)
  const closed = confirm === "1"
  const endTime = nextOpenTime(stream.dataType.interval!, startTime) - 1
  return Records.kline(
    { stream, timestamp: 0, receivedAt },
    {
      startTime,
      endTime,
      open: open as string,
      high: high as string,
      low: low as string,
      close: close as string,
      // Of derivatives the first volume counts contracts, the second one the base.
      volume: (isSpot(stream) ? volume : inCurrency) as string,
      quoteVolume,
      trades: undefined,
      closed,
    },
  )
}

const candleShape = {
  ts: Shape.time,
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  volume: Shape.decimal,
  inCurrency: Shape.decimal,
  inQuote: Shape.optional(Shape.decimal),
  confirm: Shape.optional(Shape.oneOf("0", "1")),
}

const tickerShape = {
  last: Shape.decimal,
  open24h: Shape.decimal,
  high24h: Shape.decimal,
  low24h: Shape.decimal,
  vol24h: Shape.decimal,
  volCcy24h: Shape.decimal,
  askPx: Shape.optional(Shape.decimal),
  askSz: Shape.optional(Shape.decimal),
  bidPx: Shape.optional(Shape.decimal),
  bidSz: Shape.optional(Shape.decimal),
  ts: Shape.time,
}

/** Of spot `vol24h` counts the base and `volCcy24h` the quote; of derivatives contracts and the base. */
export const readTicker: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, tickerShape, stream)
  if (problem !== undefined) return problem
  const spot = isSpot(stream)
  return Records.ticker(momentOf(item, stream, receivedAt), {
    last: item["last"] as string,
    open: item["open24h"] as string,
    high: item["high24h"] as string,
    low: item["low24h"] as string,
    volume: item[spot ? "vol24h" : "volCcy24h"] as string,
    quoteVolume: spot ? (item["volCcy24h"] as string) : undefined,
    change: undefined,
    changePercent: undefined,
    bid: Shape.textIn(item, "bidPx"),
    bidQuantity: Shape.textIn(item, "bidSz"),
    ask: Shape.textIn(item, "askPx"),
    askQuantity: Shape.textIn(item, "askSz"),
    openTime: undefined,
    closeTime: undefined,
  })
}

const bookShape = {
  ts: Shape.time,
  seqId: Shape.optional(Shape.natural),
  checksum: Shape.optional({
    is: Number.isSafeInteger,
    wanted: "a whole number",
    reason: "bad_number",
  }),
}

/** The best level of each side of a list of levels; `undefined` where a side has none. */
export const readBest: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, bookShape, stream)
  if (problem !== undefined) return problem
  for (const side of ["asks", "bids"] as const)
    if (levelsText(item[side], side) === undefined)
      return { reason: "bad_levels", detail: describeLevels(`data.${side}`, item[side]), stream }
  const [ask] = item["asks"] as ReadonlyArray<ReadonlyArray<string>>
  const [bid] = item["bids"] as ReadonlyArray<ReadonlyArray<string>>
  if (ask === undefined || bid === undefined) return undefined
  const sequence = naturalOf(item["seqId"] ?? undefined)
  return Records.bbo(momentOf(item, stream, receivedAt), {
    bid: bid[0],
    bidQuantity: bid[1],
    ask: ask[0],
    askQuantity: ask[1],
    sequence: sequence === undefined ? undefined : String(sequence),
  })
}

/** Books of any depth: `action` says whether it is a change; without it the message is the whole. */
export const readBook: Read = (item, stream, receivedAt, message) => {
  const problem = Shape.wrong("data", item, bookShape, stream)
  if (problem !== undefined) return problem
  const bids = levelsText(item["bids"], "bids")
  if (bids === undefined)
    return { reason: "bad_levels", detail: describeLevels("data.bids", item["bids"]), stream }
  const asks = levelsText(item["asks"], "asks")
  if (asks === undefined)
    return { reason: "bad_levels", detail: describeLevels("data.asks", item["asks"]), stream }
  const moment = momentOf(item, stream, receivedAt)
  const { action } = message
  const last = naturalOf(item["seqId"] ?? undefined) ?? moment.timestamp
  const checksum =
    item["checksum"] === 0 ? undefined : ((item["checksum"] ?? undefined) as number | undefined)
  if (stream.dataType.levels !== undefined) return Records.snapshot(moment, { bids, asks }, last)
  if (action === "snapshot") return Records.snapshot(moment, { bids, asks, checksum }, last)
  if (action !== "update")
    return { reason: "bad_field", detail: mismatch("action", "snapshot or update", action), stream }
  const before = item["prevSeqId"] ?? undefined
  if (before === undefined) return Records.delta(moment, { bids, asks, checksum }, { first: last, last })
  const previous = naturalOf(before)
  if (previous === undefined)
    return { reason: "bad_number", detail: mismatch("data.prevSeqId", "a sequence", before), stream }
  const first = previous < last ? previous + 1 : last
  return Records.delta(moment, { bids, asks, checksum }, { first, last, previous })
}

/** The name of the instrument that an entry is of. */
export const instIdOf = (item: unknown): string | undefined =>
  isFields(item) && typeof item["instId"] === "string" ? item["instId"] : undefined
