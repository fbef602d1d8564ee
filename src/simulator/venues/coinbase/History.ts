import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { moment } from "./Messages.ts"

export const tickerAnswer = (symbol: SymbolMarket, now: number): string => {
  const { market, price, quantity } = symbol
  const { bar, last, step } = symbol.day(now)
  const bid = market.bid(step)
  return `{"ask":"${price(bid + 1)}","bid":"${price(bid)}","volume":"${quantity(bar.units)}","trade_id":${last.id},"price":"${price(bar.close)}","size":"${quantity(last.units)}","time":"${moment(last.time, last.id)}"}`
}

/** Price, size and orders of every level. */
export const bookAnswer = (symbol: SymbolMarket, now: number): string => {
  const { book, market, price, quantity } = symbol
  const step = market.stepAt(now)
  const { asks, bids } = book.at(step, 400)
  const side = (levels: typeof asks) =>
    `[${levels.map(([rung, units]) => `["${price(rung)}","${quantity(units)}",${1 + (units % 4)}]`).join(",")}]`
  return `{"bids":${side(bids)},"asks":${side(asks)},"sequence":${market.updateId(step)},"auction_mode":false,"auction":null,"time":"${moment(market.stepTime(step))}"}`
}
