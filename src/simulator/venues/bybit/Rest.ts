import { openTime } from "../../../domain/KlineTime.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { Catalogue, RestAnswer, RestManners } from "../Protocol.ts"
import { openedBy } from "../RestData.ts"
import { newestTimes } from "../Statistics.ts"
import { bybitHistory } from "./History.ts"
import { size, volumes } from "./Messages.ts"
import { categoryOf, intervalOf, nameOf } from "./StreamNames.ts"

const answer = (result: string, now: number): string =>
  `{"retCode":0,"retMsg":"OK","result":${result},"retExtInfo":{},"time":${now}}`
const refusal = (retCode: number, retMsg: string, now = 0): string =>
  JSON.stringify({ retCode, retMsg, result: {}, retExtInfo: {}, time: now })

const whole = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name)
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

/** Klines that opened from `start` to `end`, newest first. */
const klines = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const interval = intervalOf(query.get("interval") ?? "")
  if (interval === undefined) return refusal(10001, "Invalid period!", now)
  const { bars, price } = symbol
  const limit = Math.max(1, Math.min(1000, whole(query, "limit") ?? 200))
  const newest = Math.min(now, whole(query, "end") ?? now)
  const oldest = Math.max(openedBy(now), whole(query, "start") ?? 0)
  const rows: Array<string> = []
  for (let open = openTime(interval, newest); open >= oldest && rows.length < limit;) {
    const bar = bars.kline(interval, open, now + 1)
    const { turnover, volume } = volumes(symbol, bar.units, bar.quote)
    rows.push(
      `["${open}","${price(bar.open)}","${price(bar.high)}","${price(bar.low)}","${price(bar.close)}","${volume}","${turnover}"]`,
    )
    open = openTime(interval, open - 1)
  }
  const category = categoryOf(symbol)
  return answer(`{"category":"${category}","symbol":"${nameOf(symbol)}","list":[${rows.join(",")}]}`, now)
}

const periods: Readonly<Record<string, number>> = {
  "5min": 5,
  "15min": 15,
  "30min": 30,
  "1h": 60,
  "4h": 240,
  "1d": 1440,
}

/** Shares of accounts, newest first. */
const ratios = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const minutes = periods[query.get("period") ?? ""]
  if (minutes === undefined) return refusal(10001, "Invalid period!", now)
  const limit = Math.max(1, Math.min(500, whole(query, "limit") ?? 50))
  const every = minutes * 60_000
  const newest = Math.min(now, whole(query, "endTime") ?? now)
  const rows = newestTimes(every, whole(query, "startTime") ?? 0, newest, limit).map((at) => {
    const long = 4000 + ((at / every) % 2000)
    return `{"symbol":"${nameOf(symbol)}","buyRatio":"0.${long}","sellRatio":"0.${10_000 - long}","timestamp":"${at}"}`
  })
  return answer(`{"list":[${rows.join(",")}],"nextPageCursor":""}`, now)
}

const instrument = (symbol: SymbolMarket): string => {
  const { listing, price } = symbol
  const { base, quote } = listing
  const category = categoryOf(symbol)
  const names = `"symbol":"${nameOf(symbol)}","baseCoin":"${base}","quoteCoin":"${category === "inverse" ? "USD" : quote}","status":"Trading"`
  const lot = size(symbol, 1)
  return category === "spot"
    ? `{${names},"lotSizeFilter":{"basePrecision":"${lot}","minOrderQty":"${lot}"},"priceFilter":{"tickSize":"${price(1)}"}}`
    : `{${names},"contractType":"${category === "linear" ? "LinearPerpetual" : "InversePerpetual"}","launchTime":"1584230400000","deliveryTime":"0","lotSizeFilter":{"minOrderQty":"${lot}","qtyStep":"${lot}"},"priceFilter":{"tickSize":"${price(1)}"},"fundingInterval":480,"settleCoin":"${category === "linear" ? quote : base}"}`
}

export const bybitManners: RestManners = {
  used: () => ({}),
  unknownPath: () => refusal(404, "Not Found"),
  limited: () => refusal(10006, "Too many visits. Exceeded the API Rate Limit."),
  banned: () => refusal(10018, "Exceeded the IP Rate Limit."),
}

export const bybitRest = (
  path: string,
  query: URLSearchParams,
  now: number,
  catalogue: Catalogue,
): RestAnswer | undefined => {
  const ok = (body: string): RestAnswer => ({ status: 200, body, weight: 1 })
  const category = query.get("category") ?? ""
  switch (path) {
    case "/v5/market/time":
      return ok(answer(`{"timeSecond":"${Math.floor(now / 1000)}","timeNano":"${now}000000"}`, now))
    case "/v5/market/instruments-info": {
      const rows = [...catalogue.symbols.values()].filter((symbol) => categoryOf(symbol) === category)
      const list = rows.map(instrument).join(",")
      return ok(answer(`{"category":"${category}","list":[${list}],"nextPageCursor":""}`, now))
    }
    case "/v5/market/kline":
    case "/v5/market/account-ratio": {
      const symbol = catalogue.symbols.get(`${category}:${query.get("symbol") ?? ""}`)
      if (symbol === undefined) return ok(refusal(10001, "Symbol Is Invalid", now))
      return ok(path.endsWith("kline") ? klines(symbol, query, now) : ratios(symbol, query, now))
    }
    default: {
      const symbol = catalogue.symbols.get(`${category}:${query.get("symbol") ?? ""}`)
      const result = symbol === undefined ? undefined : bybitHistory(path, query, now, symbol, periods)
      return result === undefined ? undefined : ok(answer(result, now))
    }
  }
}
