import { openTime } from "../../../domain/KlineTime.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { openedBy } from "../RestData.ts"
import { limitOf } from "../Statistics.ts"
import { messages, moment } from "./Messages.ts"
import { intervalOfMinutes } from "./StreamNames.ts"

/** The newest 720 candles, oldest first; the last one is open. */
const candles = (symbol: SymbolMarket, query: URLSearchParams, now: number): string | undefined => {
  const interval = intervalOfMinutes(query.get("interval") ?? "1")
  if (interval === undefined) return undefined
  const { bars, price, quantity } = symbol
  const rows: Array<string> = []
  let open = openTime(interval, now)
  for (; open >= openedBy(now) && rows.length < 720; open = openTime(interval, open - 1)) {
    const bar = bars.kline(interval, open, now + 1)
    rows.unshift(
      `[${open / 1000},"${price(bar.open)}","${price(bar.high)}","${price(bar.low)}","${price(bar.close)}","${price(bar.close)}","${quantity(bar.units)}",${bar.trades}]`,
    )
  }
  return `[${rows.join(",")}],"last":${openTime(interval, now) / 1000 - 60}`
}

/** Trades after a moment in nanoseconds, oldest first, and where they end. */
const trades = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { market, price, quantity } = symbol
  const since = query.get("since") ?? "0"
  const limit = limitOf(query, "count", 1000, 1000)
  const millis = Number(BigInt(/^\d{1,20}$/.test(since) ? since : "0") / 1_000_000n)
  const nanosOf = (id: number): string => {
    const [seconds, micros] = moment(market.trade(id).time, id).split(".") as [string, string]
    return `${seconds}${micros}000`
  }
  const end = market.tradeAt(now + 1)
  const rows: Array<string> = []
  let last = since
  for (let id = market.tradeAt(Math.max(openedBy(now), millis)); id < end && rows.length < limit; id++) {
    const nanos = nanosOf(id)
    if (BigInt(nanos) <= BigInt(since)) continue
    const { buy, rung, time, units } = market.trade(id)
    rows.push(
      `["${price(rung)}","${quantity(units)}",${moment(time, id).replace(/0+$/, "")},"${buy ? "b" : "s"}","l","",${id}]`,
    )
    last = nanos
  }
  return `[${rows.join(",")}],"last":"${last}"`
}

const book = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { market, price, quantity } = symbol
  const { asks, bids } = symbol.book.at(market.stepAt(now), limitOf(query, "count", 100, 500))
  const side = (levels: typeof asks) =>
    `[${levels.map(([rung, units]) => `["${price(rung)}","${quantity(units)}",${Math.floor(now / 1000)}]`).join(",")}]`
  return `{"asks":${side(asks)},"bids":${side(bids)}}`
}

const ticker = (symbol: SymbolMarket, now: number): string => {
  const item = JSON.parse(messages.ticker(symbol, now)) as [number, Record<string, ReadonlyArray<string>>]
  return JSON.stringify({ ...item[1], o: item[1]["o"]![0] })
}

/** What is told of the pair of what has a path of its own; `undefined` where this is none. */
export const krakenHistory = (
  path: string,
  query: URLSearchParams,
  now: number,
  symbol: SymbolMarket,
): string | undefined => {
  switch (path) {
    case "/0/public/OHLC":
      return candles(symbol, query, now)
    case "/0/public/Trades":
      return trades(symbol, query, now)
    case "/0/public/Depth":
      return book(symbol, query, now)
    case "/0/public/Ticker":
      return ticker(symbol, now)
    default:
      return undefined
  }
}
