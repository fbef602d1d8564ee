import { isRefused, refused, type Endpoint } from "./RestQuery.ts"
import { fundingMillis, fundingRate, newestTimes, oldestTimes, openUnits } from "./Statistics.ts"
import { openedBy } from "./RestData.ts"
import { statisticsPeriods } from "./BinanceRatios.ts"

/** What was paid, from the oldest of the window on; without one the newest. */
const fundingAnswer: Endpoint["answer"] = (query, now) => {
  const symbol = query.symbol()
  const start = query.integer("startTime", undefined)
  const until = query.integer("endTime", now)
  const limit = query.integer("limit", 100)
  if (isRefused(symbol)) return symbol
  if (isRefused(start)) return start
  if (isRefused(until)) return until
  if (isRefused(limit)) return limit
  const most = Math.max(1, Math.min(1000, limit))
  const end = Math.min(until, now)
  const times =
    start === undefined
      ? newestTimes(fundingMillis, openedBy(now), end, most).toReversed()
      : oldestTimes(fundingMillis, Math.max(start, openedBy(now)), end, most)
  const rows = times.map(
    (at) =>
      `{"symbol":"${symbol.listing.native}","fundingTime":${at},"fundingRate":"${fundingRate(symbol, at)}","markPrice":"${symbol.price(symbol.market.bid(symbol.market.stepAt(at)))}"}`,
  )
  return `[${rows.join(",")}]`
}

/** 30 days are kept. */
const keptMillis = 30 * 86_400_000

const interestAnswer =
  (by: "symbol" | "pair"): Endpoint["answer"] =>
  (query, now, catalogue) => {
    const name = query.text(by)
    const every = statisticsPeriods[query.text("period") ?? ""]
    const limit = query.integer("limit", 30)
    const start = query.integer("startTime", 0)
    const until = query.integer("endTime", now)
    const symbol = [...catalogue.symbols.values()].find(
      ({ listing }) => name === (by === "symbol" ? listing.native : `${listing.base}USD`),
    )
    if (isRefused(limit)) return limit
    if (isRefused(start)) return start
    if (isRefused(until)) return until
    if (symbol === undefined) return refused(-1121, "Invalid symbol.")
    if (every === undefined) return refused(-1130, "Data sent for parameter 'period' is not valid.")
    if (start > 0 && start < now - keptMillis) return refused(-1130, "parameter 'startTime' is invalid.")
    const most = Math.max(1, Math.min(500, limit))
    const rows = newestTimes(every, start, Math.min(until, now), most).map((at) => {
      const amount = symbol.quantity(openUnits(symbol, at))
      const named = by === "symbol" ? `"symbol":"${name}"` : `"pair":"${name}","contractType":"PERPETUAL"`
      return `{${named},"sumOpenInterest":"${amount}","sumOpenInterestValue":"${amount}","timestamp":${at}}`
    })
    return `[${rows.toReversed().join(",")}]`
  }

/** 500 requests in five minutes are documented for both; they take nothing of the weight. */
export const contractHistory = (prefix: "/fapi/v1/" | "/dapi/v1/"): Readonly<Record<string, Endpoint>> => ({
  [`${prefix}fundingRate`]: { weight: () => 0, answer: fundingAnswer },
  "/futures/data/openInterestHist": {
    weight: () => 0,
    answer: interestAnswer(prefix === "/fapi/v1/" ? "symbol" : "pair"),
  },
})
