import { isPlainDecimal } from "../../domain/DecimalText.ts"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import * as Shapes from "./Shapes.ts"

/*
 * Amounts are those of Deribit: of futures and perpetuals that are settled in the coin they count dollars, of options, of
 * what is settled in a stable coin and of spot the base.
 */

/** One entry of a message as records of a stream; none where it holds nothing of it. */
export type Read = (
  item: Fields,
  stream: Stream,
  receivedAt: number,
) => ReadonlyArray<Decoded> | Decoded | Reject | undefined

/** Numbers that stand for "none" as 0. */
const isZero = (text: unknown): boolean => typeof text === "string" && /^[0.]+$/.test(text)

/**
 * `trade_seq` counts an instrument's trades one by one, as the documents say and the samples of one instrument agree
 * with; `trade_id` those of all instruments of a currency. No session with trades was recorded.
 */
export const readTrade: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, Shapes.tradeShape, stream)
  if (problem !== undefined) return problem
  const time = timeOf(item["timestamp"])!
  const sequence = naturalOf(item["trade_seq"])!
  const data = {
    price: item["price"] as string,
    quantity: item["amount"] as string,
    side: item["direction"] as "buy" | "sell",
    tradeId: item["trade_id"] as string,
    tradeTime: time,
    aggregate: undefined,
    count: undefined,
  }
  return Records.trade({ stream, timestamp: time, receivedAt }, data, { first: sequence, last: sequence })
}

/** A trade that liquidates its taker (`T`), its maker (`M`), or both: an order each. `direction` is the taker's. */
export const readLiquidation: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, Shapes.tradeShape, stream)
  if (problem !== undefined) return problem
  const tradeTime = timeOf(item["timestamp"])!
  const taker = item["direction"] as "buy" | "sell"
  const maker = taker === "buy" ? "sell" : "buy"
  const liquidated = Shape.textIn(item, "liquidation") ?? ""
  const id = item["trade_id"] as string
  const order = (side: "buy" | "sell", key: string): Decoded =>
    Records.liquidation(
      { stream, timestamp: tradeTime, receivedAt },
      {
        price: item["price"] as string,
        quantity: item["amount"] as string,
        side,
        averagePrice: undefined,
        filledQuantity: undefined,
        status: undefined,
        tradeTime,
      },
      key,
    )
  return [
    ...(liquidated.includes("T") ? [order(taker, id)] : []),
    ...(liquidated.includes("M") ? [order(maker, `${id}:maker`)] : []),
  ]
}

/**
 * `{"volume":0.02120555,"tick":1654079340000,"open":…,"low":…,"high":…,"cost":670.0,"close":…}`: `volume` counts the base,
 * `cost` the quote. Nothing says that one is closed, and none has the time of its message.
 */
export const readChart: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, Shapes.chartShape, stream)
  if (problem !== undefined) return problem
  const startTime = timeOf(item["tick"])!
  return Records.kline(
    { stream, timestamp: 0, receivedAt },
    {
      startTime,
      endTime: nextOpenTime(stream.dataType.interval!, startTime) - 1,
      open: item["open"] as string,
      high: item["high"] as string,
      low: item["low"] as string,
      close: item["close"] as string,
      volume: item["volume"] as string,
      quoteVolume: Shape.textIn(item, "cost"),
      trades: undefined,
      closed: false,
    },
  )
}

interface Best {
  readonly bid: string | undefined
  readonly bidQuantity: string | undefined
  readonly ask: string | undefined
  readonly askQuantity: string | undefined
}

const bestOf = (item: Fields): Best => {
  const side = (name: "bid" | "ask") => {
    const price = Shape.textIn(item, `best_${name}_price`)
    const amount = Shape.textIn(item, `best_${name}_amount`)
    const none = price === undefined || amount === undefined || isZero(price) || isZero(amount)
    return none ? [undefined, undefined] : [price, amount]
  }
  const [bid, bidQuantity] = side("bid")
  const [ask, askQuantity] = side("ask")
  return { bid, bidQuantity, ask, askQuantity }
}

/** The best prices; nothing while a side is empty. */
export const readQuote: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, Shapes.bestShape, stream)
  if (problem !== undefined) return problem
  const best = bestOf(item)
  if (best.bid === undefined || best.ask === undefined) return undefined
  const moment = { stream, timestamp: timeOf(item["timestamp"])!, receivedAt }
  return Records.bbo(moment, { ...best, sequence: undefined })
}

/**
 * Deribit tells no price of a day ago, and of an instrument without a trade in 24 hours (recorded) neither the highest nor
 * the lowest, and `null` for a volume of nothing. Of one that was never traded there is no ticker.
 */
export const readTicker: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, Shapes.tickerShape, stream)
  if (problem !== undefined) return problem
  const { stats } = item
  if (!isFields(stats))
    return { reason: "bad_field", detail: mismatch("data.stats", "an object", stats), stream }
  const wrong = Shape.wrong("data.stats", stats, Shapes.statsShape, stream)
  if (wrong !== undefined) return wrong
  const last = Shape.textIn(item, "last_price")
  if (last === undefined) return undefined
  const moment = { stream, timestamp: timeOf(item["timestamp"])!, receivedAt }
  return Records.ticker(moment, {
    last,
    open: undefined,
    high: Shape.textIn(stats, "high"),
    low: Shape.textIn(stats, "low"),
    volume: Shape.textIn(stats, "volume") ?? "0",
    quoteVolume: Shape.textIn(stats, "volume_usd"),
    change: undefined,
    changePercent: Shape.textIn(stats, "price_change"),
    ...bestOf(item),
    openTime: undefined,
    closeTime: undefined,
  })
}

/** Levels as `[price, amount]`: of `["new" | "change" | "delete", price, amount]`, or of pairs in a partial book. */
const pairs = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map((level: unknown) => {
        if (!Array.isArray(level) || level.length !== 3) return level
        const [action, price, amount] = level as ReadonlyArray<unknown>
        if (action === "delete") return isPlainDecimal(amount) && isZero(amount) ? [price, amount] : [price]
        return action === "new" || action === "change" ? [price, amount] : [action]
      })
    : value

/** Books: the first message is the whole, the others say what changed since `prev_change_id`. */
export const readBook: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, Shapes.bookShape, stream)
  if (problem !== undefined) return problem
  const texts: Array<string> = []
  for (const side of ["bids", "asks"] as const) {
    const levels = pairs(item[side])
    const text = levelsText(levels, side)
    if (text === undefined)
      return { reason: "bad_levels", detail: describeLevels(`data.${side}`, levels), stream }
    texts.push(text)
  }
  const book = { bids: texts[0]!, asks: texts[1]! }
  const moment = { stream, timestamp: timeOf(item["timestamp"])!, receivedAt }
  const last = naturalOf(item["change_id"])!
  if (stream.dataType.levels !== undefined || item["type"] === "snapshot")
    return Records.snapshot(moment, book, last)
  if (item["type"] !== "change")
    return { reason: "bad_field", detail: mismatch("data.type", "snapshot or change", item["type"]), stream }
  const previous = naturalOf(item["prev_change_id"])
  if (previous === undefined)
    return {
      reason: "bad_field",
      detail: mismatch("data.prev_change_id", "the change before", item["prev_change_id"]),
      stream,
    }
  return Records.delta(moment, book, { first: previous < last ? previous + 1 : last, last, previous })
}
