import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { bookNow, openedBy } from "../RestData.ts"
import { between, fundingMillis, fundingRate, limitOf, newestTimes, openUnits, whole } from "../Statistics.ts"
import { messages, periodic } from "./Messages.ts"

const dataOf = (message: string): string => between(message, '"data":[', "]}")

/** Fills older than a moment, newest first: `type=2`. */
export const tradesBefore = (
  symbol: SymbolMarket,
  query: URLSearchParams,
  now: number,
): ReadonlyArray<string> => {
  const { listing, market, price, quantity } = symbol
  const before = Math.min(now + 1, whole(query, "after") ?? now + 1)
  const oldest = market.tradeAt(openedBy(now))
  const limit = limitOf(query, "limit", 100, 100)
  const rows: Array<string> = []
  for (let id = market.tradeAt(before) - 1; id >= oldest && rows.length < limit; id--) {
    const { buy, rung, time, units } = market.trade(id)
    rows.push(
      `{"instId":"${listing.native}","side":"${buy ? "buy" : "sell"}","sz":"${quantity(units)}","source":"0","px":"${price(rung)}","tradeId":"${id}","ts":"${time}"}`,
    )
  }
  return rows
}

const book = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { price, quantity } = symbol
  const limit = limitOf(query, "sz", 1, 400)
  const step = symbol.market.stepAt(now)
  const { asks, bids } = symbol.book.at(step, limit)
  const side = (levels: typeof asks) =>
    `[${levels.map(([rung, units]) => `["${price(rung)}","${quantity(units)}","0","1"]`).join(",")}]`
  const { lastUpdateId, time } = bookNow(symbol, now, 1)
  return `{"asks":${side(asks)},"bids":${side(bids)},"ts":"${time}","seqId":${lastUpdateId}}`
}

const isSwap = ({ listing }: SymbolMarket): boolean => listing.native.endsWith("-SWAP")

/** What was paid between `before` and `after`, both left out, newest first. */
const funding = (symbol: SymbolMarket, query: URLSearchParams, now: number): ReadonlyArray<string> => {
  const from = (whole(query, "before") ?? openedBy(now) - 1) + 1
  const to = Math.min(now, (whole(query, "after") ?? now + 1) - 1)
  return newestTimes(fundingMillis, from, to, limitOf(query, "limit", 100, 100)).map((at) => {
    const rate = fundingRate(symbol, at)
    return `{"formulaType":"withRate","fundingRate":"${rate}","fundingTime":"${at}","instId":"${symbol.listing.native}","instType":"SWAP","method":"current_period","realizedRate":"${rate}"}`
  })
}

const interest = (
  symbol: SymbolMarket,
  query: URLSearchParams,
  now: number,
  everyMillis: number,
): ReadonlyArray<string> =>
  newestTimes(
    everyMillis,
    whole(query, "begin") ?? openedBy(now),
    Math.min(now, whole(query, "end") ?? now),
    limitOf(query, "limit", 100, 100),
  ).map((at) => {
    const amount = symbol.quantity(openUnits(symbol, at))
    return `["${at}","${amount}","${amount}","${amount}"]`
  })

/** The rows of what has a path of its own; `undefined` where this is none. */
export const okxHistory = (
  path: string,
  query: URLSearchParams,
  now: number,
  symbol: SymbolMarket,
  periods: Readonly<Record<string, number>>,
): ReadonlyArray<string> | undefined => {
  switch (path) {
    case "/api/v5/market/ticker":
      return [dataOf(messages.ticker(symbol, now))]
    case "/api/v5/market/books":
      return [book(symbol, query, now)]
    case "/api/v5/public/funding-rate-history":
      return isSwap(symbol) ? funding(symbol, query, now) : []
    case "/api/v5/public/open-interest": {
      const pushed = periodic["open-interest"]!
      return [dataOf(pushed.type === "periodic" ? (pushed.write(symbol, now) ?? "") : "")]
    }
    case "/api/v5/rubik/stat/contracts/open-interest-history":
      return interest(symbol, query, now, periods[query.get("period") ?? "5m"] ?? 300_000)
    default:
      return undefined
  }
}
