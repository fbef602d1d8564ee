import { nextOpenTime, openTime } from "../../../domain/KlineTime.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { intervalOf } from "../htx/Messages.ts"
import { sides } from "../htx/Wire.ts"
import { openedBy } from "../RestData.ts"
import { between, fundingMillis, fundingRate, limitOf, newestTimes, openUnits, whole } from "../Statistics.ts"
import { isCoinSettled, messages } from "./Messages.ts"

const plain = (text: string): string => text

const head = (symbol: SymbolMarket, channel: string, now: number): string =>
  `"ch":"market.${symbol.listing.native}.${channel}","status":"ok","ts":${now}`

/** Klines that opened from `from` to `to`, in seconds, oldest first; without them the newest. */
const klines = (symbol: SymbolMarket, query: URLSearchParams, now: number): string | undefined => {
  const interval = intervalOf(query.get("period") ?? "")
  if (interval === undefined) return undefined
  const to = Math.min(now, (whole(query, "to") ?? Number.MAX_SAFE_INTEGER / 1000) * 1000)
  const from = whole(query, "from")
  const limit = from === undefined ? limitOf(query, "size", 150, 2000) : 2000
  const opens: Array<number> = []
  if (from === undefined)
    for (
      let open = openTime(interval, to);
      open >= openedBy(now) && opens.length < limit;
      open = openTime(interval, open - 1)
    )
      opens.unshift(open)
  else {
    const first = openTime(interval, from * 1000)
    let open = first < from * 1000 ? nextOpenTime(interval, first) : first
    for (; open <= to && opens.length < limit; open = nextOpenTime(interval, open)) opens.push(open)
  }
  const rows = opens.map((open) =>
    between(
      messages.kline(symbol, interval, symbol.bars.kline(interval, open, now + 1), now),
      '"tick":',
      "}",
    ),
  )
  return `{${head(symbol, `kline.${query.get("period")}`, now)},"data":[${rows.join(",")}]}`
}

/** The trades of the newest matches, newest first. */
const trades = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const { market } = symbol
  const end = market.aggregateAt(now + 1)
  const rows = Array.from({ length: limitOf(query, "size", 1, 2000) }, (_, index) =>
    between(messages.aggTrade(symbol, market.aggregate(end - 1 - index)), '"tick":', "}"),
  )
  return `{${head(symbol, "trade.detail", now)},"data":[${rows.join(",")}]}`
}

const depth = (symbol: SymbolMarket, now: number): string => {
  const { book, market } = symbol
  const step = market.stepAt(now)
  const match = market.updateId(step)
  return `{${head(symbol, "depth.step0", now)},"tick":{${sides(symbol, book.at(step, 150), plain)},"ch":"market.${symbol.listing.native}.depth.step0","id":${match},"mrid":${match},"ts":${now},"version":${Math.floor(now / 1000)}}}`
}

const marketAnswer = (path: string, symbol: SymbolMarket, query: URLSearchParams, now: number) => {
  switch (path) {
    case "history/kline":
      return klines(symbol, query, now)
    case "history/trade":
      return trades(symbol, query, now)
    case "detail/merged":
      return `{${head(symbol, "detail.merged", now)},"tick":${between(messages.ticker(symbol, now), '"tick":', "}")}}`
    case "depth":
      return depth(symbol, now)
    default:
      return undefined
  }
}

/** Pages from the newest back. */
const funding = (symbol: SymbolMarket, query: URLSearchParams, now: number): string => {
  const size = limitOf(query, "page_size", 20, 50)
  const page = Math.max(1, whole(query, "page_index") ?? 1)
  const { base, native } = symbol.listing
  const all = Math.floor((now - openedBy(now)) / fundingMillis)
  const rows = newestTimes(fundingMillis, openedBy(now), now - (page - 1) * size * fundingMillis, size).map(
    (at) => {
      const rate = fundingRate(symbol, at)
      return `{"avg_premium_index":"${rate}","funding_rate":"${rate}","realized_rate":"${rate}","funding_time":"${at}","contract_code":"${native}","symbol":"${base}","fee_asset":"${isCoinSettled(symbol) ? base : "USDT"}"}`
    },
  )
  return `{"status":"ok","data":{"total_page":${Math.ceil(all / size)},"current_page":${page},"total_size":${all},"data":[${rows.join(",")}]},"ts":${now}}`
}

const periods: Readonly<Record<string, number>> = {
  "60min": 3_600_000,
  "4hour": 14_400_000,
  "12hour": 43_200_000,
  "1day": 86_400_000,
}

const interest = (symbol: SymbolMarket, query: URLSearchParams, now: number): string | undefined => {
  const every = periods[query.get("period") ?? ""]
  if (every === undefined) return undefined
  const { base, native } = symbol.listing
  const rows = newestTimes(every, openedBy(now), now, limitOf(query, "size", 48, 200)).map((at) => {
    const amount = symbol.quantity(openUnits(symbol, at))
    const value = isCoinSettled(symbol) ? "" : `,"value":${amount}`
    return `{"volume":${amount},"amount_type":1${value},"ts":${at}}`
  })
  return `{"status":"ok","data":{"symbol":"${base}","contract_code":"${native}","tick":[${rows.join(",")}]},"ts":${now}}`
}

/** The answer of what has a path of its own; `undefined` where this is none. */
export const htxSwapHistory = (
  path: string,
  query: URLSearchParams,
  now: number,
  symbol: SymbolMarket,
): string | undefined => {
  const [, coin, market] = /^\/(linear-)?swap-ex\/market\/(.+)$/.exec(path) ?? []
  if (market !== undefined)
    return isCoinSettled(symbol) === (coin === undefined)
      ? marketAnswer(market, symbol, query, now)
      : undefined
  if (path.endsWith("/swap_historical_funding_rate")) return funding(symbol, query, now)
  return path.endsWith("/swap_his_open_interest") ? interest(symbol, query, now) : undefined
}
