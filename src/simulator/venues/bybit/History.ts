import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { openedBy } from "../RestData.ts"
import { between, fundingMillis, fundingRate, limitOf, newestTimes, openUnits, whole } from "../Statistics.ts"
import { messages, size, tradeId, updateOf } from "./Messages.ts"
import { categoryOf, nameOf } from "./StreamNames.ts"

/** The newest trades, newest first. */
const trades = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const category = categoryOf(symbol)
  const limit = category === "spot" ? limitOf(query, "limit", 60, 60) : limitOf(query, "limit", 500, 1000)
  const { market, price } = symbol
  const end = market.tradeAt(now + 1)
  const rows = Array.from({ length: limit }, (_, index) => {
    const { buy, id, rung, time, units } = market.trade(end - 1 - index)
    return `{"execId":"${tradeId(symbol, id)}","symbol":"${nameOf(symbol)}","price":"${price(rung)}","size":"${size(symbol, units)}","side":"${buy ? "Buy" : "Sell"}","time":"${time}","isBlockTrade":false,"isRPITrade":false,"seq":"${id}"}`
  })
  return `{"category":"${category}","list":[${rows.join(",")}]}`
}

const ticker = (symbol: SymbolMarket, now: number): string => {
  const data = between(messages.ticker(symbol, now), '"data":', "}")
  const interest = size(symbol, openUnits(symbol, now))
  const more =
    categoryOf(symbol) === "spot" ? "" : `,"openInterest":"${interest}","openInterestValue":"${interest}"`
  return `{"category":"${categoryOf(symbol)}","list":[${data.slice(0, -1)}${more}}]}`
}

const book = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { market, price } = symbol
  const step = market.stepAt(now)
  const { asks, bids } = symbol.book.at(step, limitOf(query, "limit", 25, 200))
  const side = (levels: typeof asks) =>
    `[${levels.map(([rung, units]) => `["${price(rung)}","${size(symbol, units)}"]`).join(",")}]`
  return `{"s":"${nameOf(symbol)}","a":${side(asks)},"b":${side(bids)},"ts":${now},"u":${updateOf(symbol, now, step)},"seq":${market.updateId(step)},"cts":${now}}`
}

const funding = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const rows = newestTimes(
    fundingMillis,
    whole(query, "startTime") ?? openedBy(now),
    Math.min(now, whole(query, "endTime") ?? now),
    limitOf(query, "limit", 200, 200),
  ).map(
    (at) =>
      `{"symbol":"${nameOf(symbol)}","fundingRate":"${fundingRate(symbol, at)}","fundingRateTimestamp":"${at}"}`,
  )
  return `{"category":"${categoryOf(symbol)}","list":[${rows.join(",")}]}`
}

const interest = (symbol: SymbolMarket, query: URLSearchParams, now: number, everyMillis: number): string => {
  const rows = newestTimes(
    everyMillis,
    whole(query, "startTime") ?? openedBy(now),
    Math.min(now, whole(query, "endTime") ?? now),
    limitOf(query, "limit", 50, 200),
  ).map((at) => `{"openInterest":"${size(symbol, openUnits(symbol, at))}","timestamp":"${at}"}`)
  return `{"symbol":"${nameOf(symbol)}","category":"${categoryOf(symbol)}","list":[${rows.join(",")}],"nextPageCursor":""}`
}

/** The result of what has a path of its own; `undefined` where this is none. */
export const bybitHistory = (
  path: string,
  query: URLSearchParams,
  now: number,
  symbol: SymbolMarket,
  minutes: Readonly<Record<string, number>>,
): string | undefined => {
  switch (path) {
    case "/v5/market/recent-trade":
      return trades(symbol, query, now)
    case "/v5/market/tickers":
      return ticker(symbol, now)
    case "/v5/market/orderbook":
      return book(symbol, query, now)
    case "/v5/market/funding/history":
      return funding(symbol, query, now)
    case "/v5/market/open-interest":
      return interest(symbol, query, now, (minutes[query.get("intervalTime") ?? ""] ?? 5) * 60_000)
    default:
      return undefined
  }
}
