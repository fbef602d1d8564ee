import { hash } from "../market/Hash.ts"
import type { SymbolMarket } from "../market/SymbolMarket.ts"
import { newestTimes } from "./Statistics.ts"
import { type Endpoint, isRefused, refused } from "./RestQuery.ts"

/** `more`: how the venue names the symbol besides, with a comma behind. */
export const openInterestAnswer = (symbol: SymbolMarket, now: number, more: string): string => {
  const name = more === "" ? `"symbol":"${symbol.listing.native}",` : more
  const units = 1_000_000 + (hash(symbol.market.seed, Math.floor(now / 1000)) % 1000)
  return `{${name}"openInterest":"${symbol.quantity(units)}","time":${now}}`
}

const minute = 60_000
export const statisticsPeriods: Readonly<Record<string, number>> = {
  "5m": 5 * minute,
  "15m": 15 * minute,
  "30m": 30 * minute,
  "1h": 60 * minute,
  "2h": 120 * minute,
  "4h": 240 * minute,
  "6h": 360 * minute,
  "12h": 720 * minute,
  "1d": 1440 * minute,
}

/** 30 days are kept. */
const keptMillis = 30 * 86_400_000

/** A row a period, oldest first; the one that is not over yet is left out. */
const rows =
  (by: "symbol" | "pair", write: (share: number) => string): Endpoint["answer"] =>
  (query, now, catalogue) => {
    const name = query.text(by)
    const every = statisticsPeriods[query.text("period") ?? ""]
    const limit = query.integer("limit", 30)
    const symbol = [...catalogue.symbols.values()].find(
      ({ listing }) => name === (by === "symbol" ? listing.native : `${listing.base}USD`),
    )
    const start = query.integer("startTime", 0)
    const until = query.integer("endTime", now)
    if (isRefused(limit)) return limit
    if (isRefused(start)) return start
    if (isRefused(until)) return until
    if (symbol === undefined) return refused(-1121, "Invalid symbol.")
    if (every === undefined) return refused(-1130, "Data sent for parameter 'period' is not valid.")
    if (start > 0 && start < now - keptMillis) return refused(-1130, "parameter 'startTime' is invalid.")
    const last = Math.min(until, (Math.floor(now / every) - 1) * every)
    const count = Math.max(1, Math.min(500, limit))
    const rows = newestTimes(every, start, last, count).map((at) => {
      const share = 3000 + (hash(symbol.market.seed, at / every) % 4000)
      return `{"${by}":"${name}",${write(share / 10_000)},"timestamp":${at}}`
    })
    return `[${rows.toReversed().join(",")}]`
  }

const shares = (of: string) => (share: number) =>
  `"longShortRatio":"${(share / (1 - share)).toFixed(4)}","long${of}":"${share.toFixed(4)}","short${of}":"${(1 - share).toFixed(4)}"`

const taken = (share: number): string =>
  `"buySellRatio":"${(share / (1 - share)).toFixed(4)}","buyVol":"${(share * 1000).toFixed(4)}","sellVol":"${((1 - share) * 1000).toFixed(4)}"`

/** 1,000 requests in five minutes are documented; they take nothing of the weight. */
export const ratioEndpoints = (by: "symbol" | "pair"): Readonly<Record<string, Endpoint>> => {
  const endpoint = (write: (share: number) => string): Endpoint => ({
    weight: () => 0,
    answer: rows(by, write),
  })
  return {
    "/futures/data/globalLongShortAccountRatio": endpoint(shares("Account")),
    "/futures/data/topLongShortAccountRatio": endpoint(shares("Account")),
    "/futures/data/topLongShortPositionRatio": endpoint(shares(by === "symbol" ? "Account" : "Position")),
    ...(by === "symbol" ? { "/futures/data/takerlongshortRatio": endpoint(taken) } : {}),
  }
}
