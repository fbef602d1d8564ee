import { nextOpenTime, openTime } from "../../../domain/KlineTime.ts"
import { hash } from "../../market/Hash.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { Catalogue, RestAnswer, RestManners } from "../Protocol.ts"
import { openedBy } from "../RestData.ts"
import { newestTimes } from "../Statistics.ts"
import { okxHistory, tradesBefore } from "./History.ts"
import { intervalOf } from "./StreamNames.ts"

const answer = (rows: ReadonlyArray<string>): string => `{"code":"0","msg":"","data":[${rows.join(",")}]}`
const refusal = (code: string, msg: string): string => JSON.stringify({ code, msg, data: [] })

const whole = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name)
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

const limitOf = (query: URLSearchParams): number => Math.max(1, Math.min(100, whole(query, "limit") ?? 100))

/** Fills older than an id, newest first. */
const historyTrades = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { listing, market, price, quantity } = symbol
  const oldest = market.tradeAt(openedBy(now))
  const end = Math.min(market.tradeAt(now + 1), whole(query, "after") ?? Number.POSITIVE_INFINITY)
  const rows: Array<string> = []
  for (let id = end - 1; id >= oldest && rows.length < limitOf(query); id--) {
    const { buy, rung, time, units } = market.trade(id)
    rows.push(
      `{"instId":"${listing.native}","side":"${buy ? "buy" : "sell"}","sz":"${quantity(units)}","source":"0","px":"${price(rung)}","tradeId":"${id}","ts":"${time}"}`,
    )
  }
  return answer(rows)
}

/** Candles that opened between `before` and `after`, both left out, newest first. */
const candles = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const interval = intervalOf(query.get("bar") ?? "1m")
  if (interval === undefined) return refusal("51000", "Parameter bar error")
  const { bars, listing, price, quantity, quote } = symbol
  const newest = Math.min(now, (whole(query, "after") ?? Number.POSITIVE_INFINITY) - 1)
  const before = whole(query, "before") ?? openedBy(now)
  const rows: Array<string> = []
  for (let open = openTime(interval, newest); open > before && rows.length < limitOf(query);) {
    const bar = bars.kline(interval, open, now + 1)
    const inCurrency = listing.native.endsWith("-SWAP") ? quantity(bar.units) : quote(bar.quote)
    rows.push(
      `["${open}","${price(bar.open)}","${price(bar.high)}","${price(bar.low)}","${price(bar.close)}","${quantity(bar.units)}","${inCurrency}","${quote(bar.quote)}","${nextOpenTime(interval, open) <= now ? 1 : 0}"]`,
    )
    open = openTime(interval, open - 1)
  }
  return answer(rows)
}

const ratioPaths =
  /^\/api\/v5\/rubik\/stat\/contracts\/long-short-(account|position)-ratio-contract(-top-trader)?$/

const periods: Readonly<Record<string, number>> = {
  "5m": 300_000,
  "15m": 900_000,
  "30m": 1_800_000,
  "1H": 3_600_000,
  "2H": 7_200_000,
  "4H": 14_400_000,
  "1Dutc": 86_400_000,
}

/** A ratio a period, newest first; the one that is not over yet is left out. */
const ratios = (query: URLSearchParams, now: number, catalogue: Catalogue): string => {
  const every = periods[query.get("period") ?? ""]
  if (every === undefined) return refusal("51000", "Parameter period error")
  const symbol = catalogue.symbols.get(query.get("instId") ?? "")
  if (symbol === undefined) return refusal("51001", "Instrument ID doesn't exist")
  const last = Math.min((Math.floor(now / every) - 1) * every, whole(query, "end") ?? now)
  const rows = newestTimes(every, whole(query, "begin") ?? 0, last, limitOf(query)).map(
    (at) => `["${at}","${(0.5 + (hash(symbol.market.seed, at / every) % 20_000) / 10_000).toFixed(4)}"]`,
  )
  return answer(rows)
}

const instruments = (query: URLSearchParams, catalogue: Catalogue): string => {
  const type = query.get("instType")
  const rows = [...catalogue.symbols.values()].flatMap(({ listing, price, quantity }) => {
    const swap = listing.native.endsWith("-SWAP")
    if (type !== (swap ? "SWAP" : "SPOT")) return []
    const contract = swap
      ? `"ctType":"linear","ctVal":"1","ctMult":"1","ctValCcy":"${listing.base}","settleCcy":"${listing.quote}","uly":"${listing.base}-${listing.quote}","baseCcy":"","quoteCcy":""`
      : `"ctType":"","ctVal":"","ctMult":"","ctValCcy":"","settleCcy":"","uly":"","baseCcy":"${listing.base}","quoteCcy":"${listing.quote}"`
    return [
      `{"instType":"${type}","instId":"${listing.native}",${contract},"tickSz":"${price(1)}","lotSz":"${quantity(1)}","minSz":"${quantity(1)}","listTime":"1548133413000","expTime":"","state":"live"}`,
    ]
  })
  return answer(rows)
}

export const okxManners: RestManners = {
  used: () => ({}),
  unknownPath: () => refusal("404", "Not Found"),
  limited: () => refusal("50011", "Too Many Requests"),
  banned: () => refusal("50011", "Too Many Requests"),
}

export const okxRest = (
  path: string,
  query: URLSearchParams,
  now: number,
  catalogue: Catalogue,
): RestAnswer | undefined => {
  const ok = (body: string): RestAnswer => ({ status: 200, body, weight: 1 })
  switch (path) {
    case "/api/v5/public/time":
      return ok(answer([`{"ts":"${now}"}`]))
    case "/api/v5/public/instruments":
      return ok(instruments(query, catalogue))
    // It lists no options.
    case "/api/v5/public/underlying":
      return ok(answer(["[]"]))
    case "/api/v5/market/history-trades":
    case "/api/v5/market/candles":
    case "/api/v5/market/history-candles": {
      const symbol = catalogue.symbols.get(query.get("instId") ?? "")
      if (symbol === undefined) return ok(refusal("51001", "Instrument ID doesn't exist"))
      if (path.endsWith("trades") && query.get("type") === "2")
        return ok(answer(tradesBefore(symbol, query, now)))
      const trades = path.endsWith("trades")
      return ok(trades ? historyTrades(symbol, query, now) : candles(symbol, query, now))
    }
    default: {
      if (ratioPaths.test(path)) return ok(ratios(query, now, catalogue))
      const symbol = catalogue.symbols.get(query.get("instId") ?? "")
      if (symbol === undefined) return undefined
      const rows = okxHistory(path, query, now, symbol, periods)
      return rows === undefined ? undefined : ok(answer(rows))
    }
  }
}
