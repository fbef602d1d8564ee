import { type KlineInterval, klineIntervals } from "../../domain/DataType.ts"
import { nextOpenTime, openTime } from "../../domain/KlineTime.ts"
import type { SymbolMarket } from "../market/SymbolMarket.ts"
import { isRefused, refused, type Refused, type RestQuery } from "./RestQuery.ts"

/** Before this moment nothing was traded here: history ends. On a clock that stands earlier, at the epoch. */
const opened = 1_577_836_800_000
export const openedBy = (now: number): number => (now > opened ? opened : 0)

/** A page's size. More than the venue gives is no error: it gives what it gives. */
const pageSize = (query: RestQuery, usual: number, most: number): number | Refused => {
  const limit = query.integer("limit", usual)
  return isRefused(limit) ? limit : Math.max(1, Math.min(limit, most))
}

const list = (from: number, to: number, write: (index: number) => string): string => {
  const out: Array<string> = []
  for (let index = from; index < to; index++) out.push(write(index))
  return `[${out.join(",")}]`
}

/** Fields that end a row: spot's `isBestMatch`, `M`. */
export interface RowStyle {
  readonly trade: string
  readonly aggregate: string
}

/** `trades` (the newest) and `historicalTrades` (from an id on). */
export const tradesAnswer = (query: RestQuery, now: number, style: RowStyle): string | Refused => {
  const symbol = query.symbol()
  if (isRefused(symbol)) return symbol
  const limit = pageSize(query, 500, 1000)
  if (isRefused(limit)) return limit
  const end = symbol.market.tradeAt(now + 1)
  const asked = query.integer("fromId", end - limit)
  if (isRefused(asked)) return asked
  const from = Math.max(asked, symbol.market.tradeAt(openedBy(now)))
  return list(from, Math.min(end, from + limit), (id) => {
    const { buy, rung, time, units } = symbol.market.trade(id)
    const quote = symbol.quote(BigInt(rung) * BigInt(units))
    return `{"id":${id},"price":"${symbol.price(rung)}","qty":"${symbol.quantity(units)}","quoteQty":"${quote}","time":${time},"isBuyerMaker":${!buy}${style.trade}}`
  })
}

/** From an id, or in a period, or the newest. */
export const aggTradesAnswer = (query: RestQuery, now: number, style: RowStyle): string | Refused => {
  const symbol = query.symbol()
  if (isRefused(symbol)) return symbol
  const limit = pageSize(query, 500, 1000)
  if (isRefused(limit)) return limit
  const { market } = symbol
  const fromId = query.integer("fromId", undefined)
  const start = query.integer("startTime", undefined)
  const until = query.integer("endTime", undefined)
  if (isRefused(fromId)) return fromId
  if (isRefused(start)) return start
  if (isRefused(until)) return until
  const last = market.aggregateAt((until === undefined ? now : Math.min(until, now)) + 1)
  const oldest = market.aggregateAt(openedBy(now))
  const from = fromId ?? (start === undefined ? last - limit : market.aggregateAt(start))
  const first = Math.max(from, oldest)
  return list(first, Math.min(last, first + limit), (id) => {
    const trade = market.aggregate(id)
    return `{"a":${id},"p":"${symbol.price(trade.rung)}","q":"${symbol.quantity(trade.units)}","f":${trade.first},"l":${trade.last},"T":${trade.time},"m":${!trade.buy}${style.aggregate}}`
  })
}

const klineRow = (symbol: SymbolMarket, interval: KlineInterval, open: number, now: number): string => {
  const { price, quantity, quote } = symbol
  const bar = symbol.bars.kline(interval, open, now + 1)
  return `[${open},"${price(bar.open)}","${price(bar.high)}","${price(bar.low)}","${price(bar.close)}","${quantity(bar.units)}",${nextOpenTime(interval, open) - 1},"${quote(bar.quote)}",${bar.trades},"${quantity(bar.buyUnits)}","${quote(bar.buyQuote)}","0"]`
}

/** Klines by open time, the open one last. */
export const klinesAnswer = (
  query: RestQuery,
  now: number,
  most: number,
  intervals: ReadonlyArray<string>,
): string | Refused => {
  const symbol = query.symbol()
  if (isRefused(symbol)) return symbol
  const limit = pageSize(query, 500, most)
  if (isRefused(limit)) return limit
  const word = query.text("interval")
  if (word === undefined)
    return refused(-1102, "Mandatory parameter 'interval' was not sent, was empty/null, or malformed.")
  const interval = klineIntervals.find((each) => each === word && intervals.includes(each))
  if (interval === undefined) return refused(-1120, "Invalid interval.")
  const start = query.integer("startTime", undefined)
  const until = query.integer("endTime", now)
  if (isRefused(start)) return start
  if (isRefused(until)) return until

  const end = Math.min(until, now)
  const oldest = openedBy(now)
  const opens: Array<number> = []
  if (start === undefined) {
    for (let open = openTime(interval, end); open >= oldest && opens.length < limit;) {
      opens.push(open)
      open = openTime(interval, open - 1)
    }
    opens.reverse()
  } else {
    const from = Math.max(start, oldest)
    let open = openTime(interval, from)
    if (open < from) open = nextOpenTime(interval, open)
    for (; open <= end && opens.length < limit; open = nextOpenTime(interval, open)) opens.push(open)
  }
  return `[${opens.map((open) => klineRow(symbol, interval, open, now)).join(",")}]`
}

/** The book's first levels, as they stand now. */
export const bookNow = (symbol: SymbolMarket, now: number, limit: number) => {
  const step = symbol.market.stepAt(now)
  const { asks, bids } = symbol.book.at(step, limit)
  return {
    time: symbol.market.stepTime(step),
    lastUpdateId: symbol.market.updateId(step),
    bids: symbol.levels(bids),
    asks: symbol.levels(asks),
  }
}
