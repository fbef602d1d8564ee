import { nextOpenTime, openTime } from "../../../domain/KlineTime.ts"
import { hash } from "../../market/Hash.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { openedBy } from "../RestData.ts"
import { between, limitOf, oldestTimes, whole } from "../Statistics.ts"
import { messages } from "./Messages.ts"
import { intervalOf, isPerpetual } from "./StreamNames.ts"

const hour = 3_600_000

/** Trades of a window, oldest first. */
const tradesByTime = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { market } = symbol
  const count = limitOf(query, "count", 10, 1000)
  const from = market.tradeAt(Math.max(openedBy(now), whole(query, "start_timestamp") ?? 0))
  const end = market.tradeAt(Math.min(now, whole(query, "end_timestamp") ?? now) + 1)
  const rows: Array<string> = []
  for (let id = from; id < end && rows.length < count; id++)
    rows.push(between(messages.trade(symbol, market.trade(id)), '"data":[', "]}}"))
  return `{"trades":[${rows.join(",")}],"has_more":${from + count < end}}`
}

/** A list for each field. */
const charts = (symbol: SymbolMarket, query: URLSearchParams, now: number): string | undefined => {
  const interval = intervalOf(query.get("resolution") ?? "")
  if (interval === undefined) return undefined
  const { bars, price, quantity, quote } = symbol
  const from = Math.max(openedBy(now), whole(query, "start_timestamp") ?? now)
  const to = Math.min(now, whole(query, "end_timestamp") ?? now)
  const lists = { ticks: "", open: "", high: "", low: "", close: "", volume: "", cost: "" }
  const first = openTime(interval, from)
  let open = first < from ? nextOpenTime(interval, first) : first
  for (let count = 0; open <= to && count < 5000; open = nextOpenTime(interval, open), count++) {
    const comma = count === 0 ? "" : ","
    const bar = bars.kline(interval, open, now + 1)
    lists.ticks += comma + String(open)
    lists.open += comma + price(bar.open)
    lists.high += comma + price(bar.high)
    lists.low += comma + price(bar.low)
    lists.close += comma + price(bar.close)
    lists.volume += comma + quantity(bar.units)
    lists.cost += comma + quote(bar.quote)
  }
  const fields = Object.entries(lists).map(([name, values]) => `"${name}":[${values}]`)
  return `{${fields.join(",")},"status":"${lists.ticks === "" ? "no_data" : "ok"}"}`
}

const funding = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { market, price } = symbol
  const from = Math.max(openedBy(now), whole(query, "start_timestamp") ?? now)
  const to = Math.min(now, whole(query, "end_timestamp") ?? now)
  const rows = oldestTimes(hour, from, to, 744).map((at) => {
    const index = price(market.bid(market.stepAt(at)))
    const paid = `${1 + (hash(market.seed, at / hour) % 9)}.${hash(market.seed + 1, at / hour) % 1000}e-6`
    return `{"timestamp":${at},"prev_index_price":${index},"interest_8h":${paid},"interest_1h":${paid},"index_price":${index}}`
  })
  return `[${rows.join(",")}]`
}

const book = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { market, price, quantity } = symbol
  const step = market.stepAt(now)
  const { asks, bids } = symbol.book.at(step, limitOf(query, "depth", 5, 1000))
  const side = (levels: typeof asks) =>
    `[${levels.map(([rung, units]) => `[${price(rung)},${quantity(units)}]`).join(",")}]`
  return `{"timestamp":${market.stepTime(step)},"state":"open","instrument_name":"${symbol.listing.native}","change_id":${market.updateId(step)},"bids":${side(bids)},"asks":${side(asks)}}`
}

/** The result of what has a path of its own; `undefined` where this is none. */
export const deribitHistory = (
  path: string,
  query: URLSearchParams,
  now: number,
  symbol: SymbolMarket,
): string | undefined => {
  switch (path) {
    case "/api/v2/public/get_last_trades_by_instrument_and_time":
      return tradesByTime(symbol, query, now)
    case "/api/v2/public/get_tradingview_chart_data":
      return charts(symbol, query, now)
    case "/api/v2/public/get_funding_rate_history":
      return isPerpetual(symbol.listing.native) ? funding(symbol, query, now) : undefined
    case "/api/v2/public/ticker":
      return between(messages.ticker(symbol, now), '"data":', "}}")
    case "/api/v2/public/get_order_book":
      return book(symbol, query, now)
    default:
      return undefined
  }
}
