import type { KlineInterval } from "../../../domain/DataType.ts"
import { nextOpenTime, openTime } from "../../../domain/KlineTime.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { Protocol, RestAnswer, RestManners } from "../Protocol.ts"
import { openedBy } from "../RestData.ts"
import { bookAnswer, tickerAnswer } from "./History.ts"
import { moment } from "./Messages.ts"

const refusal = (message: string): string => JSON.stringify({ message })

export const coinbaseManners: RestManners = {
  used: () => ({}),
  unknownPath: () => refusal("NotFound"),
  limited: () => refusal("Public rate limit exceeded"),
  banned: () => refusal("Public rate limit exceeded"),
}

const intervals: ReadonlyMap<string, KlineInterval> = new Map([
  ["60", "1m"],
  ["300", "5m"],
  ["900", "15m"],
  ["3600", "1h"],
  ["21600", "6h"],
  ["86400", "1d"],
])

const whole = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name)
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

/** Trades older than `after`, newest first. */
const trades = ({ market, price, quantity }: SymbolMarket, query: URLSearchParams, now: number): string => {
  const limit = Math.max(1, Math.min(1000, whole(query, "limit") ?? 1000))
  const end = Math.min(market.tradeAt(now + 1), whole(query, "after") ?? Number.POSITIVE_INFINITY)
  const oldest = market.tradeAt(openedBy(now))
  const rows: Array<string> = []
  for (let id = end - 1; id >= oldest && rows.length < limit; id--) {
    const { buy, rung, time, units } = market.trade(id)
    rows.push(
      `{"time":"${moment(time, id)}","trade_id":${id},"price":"${price(rung)}","size":"${quantity(units)}","side":"${buy ? "sell" : "buy"}"}`,
    )
  }
  return `[${rows.join(",")}]`
}

/** Candles that opened from `start` to `end`, the open one among them, newest first; none of an interval without a trade. */
const candles = (symbol: SymbolMarket, query: URLSearchParams, now: number): string | undefined => {
  const interval = intervals.get(query.get("granularity") ?? "60")
  const start = Date.parse(query.get("start") ?? "")
  const end = Math.min(now, Date.parse(query.get("end") ?? ""))
  if (interval === undefined || !(start >= openedBy(now)) || Number.isNaN(end)) return undefined
  const { bars, price, quantity } = symbol
  const rows: Array<string> = []
  for (let open = openTime(interval, start); open <= end; open = nextOpenTime(interval, open)) {
    if (open < start) continue
    if (rows.length === 300) return undefined
    const bar = bars.kline(interval, open, now + 1)
    if (bar.trades > 0)
      rows.push(
        `[${open / 1000},${price(bar.low)},${price(bar.high)},${price(bar.open)},${price(bar.close)},${quantity(bar.units)}]`,
      )
  }
  return `[${rows.toReversed().join(",")}]`
}

export const coinbaseRest: Protocol["rest"] = (path, query, now, { symbols }): RestAnswer | undefined => {
  const ok = (body: string): RestAnswer => ({ status: 200, body, weight: 1 })
  if (path === "/time") return ok(`{"iso":"${moment(now)}","epoch":${now / 1000}}`)
  if (path === "/products")
    return ok(
      `[${[...symbols.values()]
        .map(
          ({ listing: { base, native, quote }, price, quantity }) =>
            `{"id":"${native}","base_currency":"${base}","quote_currency":"${quote}","quote_increment":"${price(1)}","base_increment":"${quantity(1)}","display_name":"${base}/${quote}","status":"online","trading_disabled":false}`,
        )
        .join(",")}]`,
    )
  const [, product, what] = /^\/products\/([^/]+)\/(trades|candles|ticker|book)$/.exec(path) ?? []
  if (product === undefined) return undefined
  const symbol = symbols.get(product)
  if (symbol === undefined) return { status: 404, body: refusal("NotFound"), weight: 1 }
  if (what === "trades") return ok(trades(symbol, query, now))
  if (what === "ticker") return ok(tickerAnswer(symbol, now))
  if (what === "book") return ok(bookAnswer(symbol, now))
  const rows = candles(symbol, query, now)
  return rows === undefined
    ? { status: 400, body: refusal("Unsupported granularity or range"), weight: 1 }
    : ok(rows)
}
