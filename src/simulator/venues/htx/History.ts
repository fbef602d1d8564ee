import { openTime } from "../../../domain/KlineTime.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { openedBy } from "../RestData.ts"
import { limitOf } from "../Statistics.ts"
import { intervalOf } from "./Messages.ts"
import { number, sides } from "./Wire.ts"

/** The newest klines, the open one first. */
const klines = (symbol: SymbolMarket, query: URLSearchParams, now: number): string | undefined => {
  const interval = intervalOf(query.get("period") ?? "")
  if (interval === undefined) return undefined
  const { bars, listing, price, quantity, quote } = symbol
  const limit = limitOf(query, "size", 150, 2000)
  const rows: Array<string> = []
  for (let open = openTime(interval, now); open >= openedBy(now) && rows.length < limit;) {
    const bar = bars.kline(interval, open, now + 1)
    rows.push(
      `{"id":${open / 1000},"open":${number(price(bar.open))},"close":${number(price(bar.close))},"low":${number(price(bar.low))},"high":${number(price(bar.high))},"amount":${number(quantity(bar.units))},"vol":${number(quote(bar.quote))},"count":${bar.trades}}`,
    )
    open = openTime(interval, open - 1)
  }
  return `{"ch":"market.${listing.native}.kline.${query.get("period")}","status":"ok","ts":${now},"data":[${rows.join(",")}]}`
}

const merged = (symbol: SymbolMarket, now: number): string => {
  const { book, listing, market, price, quantity, quote } = symbol
  const { bar, step } = symbol.day(now)
  const bid = market.bid(step)
  const id = market.updateId(step)
  return `{"ch":"market.${listing.native}.detail.merged","status":"ok","ts":${now},"tick":{"id":${id},"version":${id},"open":${number(price(bar.open))},"close":${number(price(bar.close))},"low":${number(price(bar.low))},"high":${number(price(bar.high))},"amount":${number(quantity(bar.units))},"vol":${number(quote(bar.quote))},"count":${bar.trades},"bid":[${number(price(bid))},${number(quantity(book.bestBid(step)))}],"ask":[${number(price(bid + 1))},${number(quantity(book.bestAsk(step)))}]}}`
}

const depth = (symbol: SymbolMarket, now: number): string => {
  const { book, listing, market } = symbol
  const step = market.stepAt(now)
  return `{"ch":"market.${listing.native}.depth.step0","status":"ok","ts":${now},"tick":{"ts":${now},"version":${market.updateId(step)},${sides(symbol, book.at(step, 150))}}}`
}

/** The answer of what has a path of its own; `undefined` where this is none. */
export const htxHistory = (
  path: string,
  query: URLSearchParams,
  now: number,
  symbol: SymbolMarket,
): string | undefined => {
  switch (path) {
    case "/market/history/kline":
      return klines(symbol, query, now)
    case "/market/detail/merged":
      return merged(symbol, now)
    case "/market/depth":
      return depth(symbol, now)
    default:
      return undefined
  }
}
