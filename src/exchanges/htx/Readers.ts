import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, naturalOf, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import type { Read } from "./Decoder.ts"
import { eachOf, klineOf, sidesOf } from "./Shared.ts"

const tradeShape = {
  id: Shape.decimal,
  tradeId: Shape.natural,
  ts: Shape.time,
  amount: Shape.decimal,
  price: Shape.decimal,
  direction: Shape.oneOf("buy", "sell"),
}

/**
 * One fill. Its `id` has up to 27 digits and counts nothing; its `tradeId` counts the fills of the symbol one by one:
 * without a hole in everything that was recorded. `tradeId` is `trade-id` by REST.
 */
export const tradeOf = (item: Fields, moment: Records.Moment): Decoded | Reject => {
  const problem = Shape.wrong("data", item, tradeShape, moment.stream)
  if (problem !== undefined) return problem
  const number = naturalOf(item["tradeId"])!
  return Records.trade(
    moment,
    {
      price: item["price"] as string,
      quantity: item["amount"] as string,
      side: item["direction"] as "buy" | "sell",
      tradeId: String(number),
      tradeTime: timeOf(item["ts"]),
      aggregate: undefined,
      count: undefined,
    },
    { first: number, last: number },
  )
}

/** The fills of one order come in one message, the newest first (recorded). The first message repeats the last trade. */
const readTrades: Read = ({ data }, moment) => {
  const records = eachOf("tick.data", data, moment.stream, (item) => tradeOf(item, moment))
  return "reason" in records ? records : records.toSorted((left, right) => left.first - right.first)
}

const tickerShape = {
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  amount: Shape.decimal,
  vol: Shape.decimal,
  bid: Shape.optional(Shape.decimal),
  bidSize: Shape.optional(Shape.decimal),
  ask: Shape.optional(Shape.decimal),
  askSize: Shape.optional(Shape.decimal),
}

/** `amount` counts the base, `vol` the quote. */
const readTicker: Read = (tick, moment) => {
  const problem = Shape.wrong("tick", tick, tickerShape, moment.stream)
  if (problem !== undefined) return problem
  return [
    Records.ticker(moment, {
      last: tick["close"] as string,
      open: tick["open"] as string,
      high: tick["high"] as string,
      low: tick["low"] as string,
      volume: tick["amount"] as string,
      quoteVolume: tick["vol"] as string,
      change: undefined,
      changePercent: undefined,
      bid: Shape.textIn(tick, "bid"),
      bidQuantity: Shape.textIn(tick, "bidSize"),
      ask: Shape.textIn(tick, "ask"),
      askQuantity: Shape.textIn(tick, "askSize"),
      openTime: undefined,
      closeTime: undefined,
    }),
  ]
}

const bestShape = {
  seqId: Shape.natural,
  bid: Shape.optional(Shape.decimal),
  bidSize: Shape.optional(Shape.decimal),
  ask: Shape.optional(Shape.decimal),
  askSize: Shape.optional(Shape.decimal),
}

/** A side that is empty gives no best prices. */
const readBest: Read = (tick, moment) => {
  const problem = Shape.wrong("tick", tick, bestShape, moment.stream)
  if (problem !== undefined) return problem
  const [bid, bidQuantity, ask, askQuantity] = ["bid", "bidSize", "ask", "askSize"].map((name) =>
    Shape.textIn(tick, name),
  )
  if (bid === undefined || bidQuantity === undefined || ask === undefined || askQuantity === undefined)
    return []
  const sequence = String(naturalOf(tick["seqId"]))
  return [Records.bbo(moment, { bid, bidQuantity, ask, askQuantity, sequence })]
}

const sequenceShape = { seqNum: Shape.natural, prevSeqNum: Shape.optional(Shape.natural) }

/** A push is a change, `prevSeqNum` the number of the push before; the answer to a request is the book. */
const readBook: Read = (tick, moment) => {
  const problem = Shape.wrong("tick", tick, sequenceShape, moment.stream)
  if (problem !== undefined) return problem
  const sides = sidesOf(tick, moment.stream)
  if ("reason" in sides) return sides
  const last = naturalOf(tick["seqNum"])!
  const previous = naturalOf(tick["prevSeqNum"])
  if (previous === undefined) return [Records.snapshot(moment, sides, last)]
  return [Records.delta(moment, sides, { first: previous < last ? previous + 1 : last, last, previous })]
}

/** The best levels, whole: numbered by `seqNum`, or by `version` in `depth.step0`. */
const readLevels: Read = (tick, moment) => {
  const field = tick["seqNum"] === undefined ? "version" : "seqNum"
  const problem = Shape.wrong("tick", tick, { [field]: Shape.natural }, moment.stream)
  if (problem !== undefined) return problem
  const sides = sidesOf(tick, moment.stream)
  return "reason" in sides ? sides : [Records.snapshot(moment, sides, naturalOf(tick[field])!)]
}

const readers = {
  trade: readTrades,
  ticker: readTicker,
  bbo: readBest,
  kline: (tick, moment) => klineOf(tick, moment, "vol"),
} satisfies Record<string, Read>

export const readerOf = ({ dataType: { levels, type } }: Stream): Read =>
  type === "depth" ? (levels === undefined ? readBook : readLevels) : readers[type as keyof typeof readers]
