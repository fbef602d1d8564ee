import type { Level } from "../../market/Book.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { Trade } from "../../market/Market.ts"
import type { Messages } from "../Protocol.ts"

/** `2021-04-17T16:43:37.109951Z`; `micros` tell apart what falls into one millisecond. */
export const moment = (millis: number, micros = 0): string =>
  `${new Date(millis).toISOString().slice(0, -1)}${String(micros % 1000).padStart(3, "0")}Z`

const levels = ({ price, quantity }: SymbolMarket, side: ReadonlyArray<Level>): string =>
  `[${side.map(([rung, units]) => `["${price(rung)}","${quantity(units)}"]`).join(",")}]`

const changes = ({ price, quantity }: SymbolMarket, name: string, side: ReadonlyArray<Level>): string =>
  side.map(([rung, units]) => `["${name}","${price(rung)}","${quantity(units)}"]`).join(",")

/** Sequences of a product count all of its orders: they go up faster than its trades. */
const sequenceOf = (trade: number): number => trade * 7

/** `side` is the maker's: the other one than the taker's. */
export const match = (type: "match" | "last_match", symbol: SymbolMarket, trade: Trade): string =>
  `{"type":"${type}","trade_id":${trade.id},"maker_order_id":"27fff20b-af29-4f45-8744-56dd1ef57dc0","taker_order_id":"1da6ce16-c8da-4732-9f71-6049f4c6aaf8","side":"${trade.buy ? "sell" : "buy"}","size":"${symbol.quantity(trade.units)}","price":"${symbol.price(trade.rung)}","product_id":"${symbol.listing.native}","sequence":${sequenceOf(trade.id)},"time":"${moment(trade.time, trade.id)}"}`

const never = (): never => {
  throw new Error("no such channel")
}

/** In the shapes of 2021 as they were recorded, with the sizes of best prices and the time of a snapshot that were added since. */
export const messages: Messages = {
  trade: (symbol, trade) => match("match", symbol, trade),
  aggTrade: never,
  bookTicker: never,
  depth: (symbol, { levels: { asks, bids }, time }) => {
    const { native } = symbol.listing
    const both = [changes(symbol, "buy", bids), changes(symbol, "sell", asks)].filter((each) => each !== "")
    return `{"type":"l2update","product_id":"${native}","changes":[${both.join(",")}],"time":"${moment(time)}"}`
  },
  snapshot: (symbol, { levels: { asks, bids }, time }) =>
    `{"type":"snapshot","product_id":"${symbol.listing.native}","asks":${levels(symbol, asks)},"bids":${levels(symbol, bids)},"time":"${moment(time)}"}`,
  partialDepth: never,
  kline: never,
  ticker: (symbol, time) => {
    const { book, listing, market, price, quantity } = symbol
    const { bar, last, step } = symbol.day(time)
    const bid = market.bid(step)
    return `{"type":"ticker","sequence":${sequenceOf(last.id)},"product_id":"${listing.native}","price":"${price(bar.close)}","open_24h":"${price(bar.open)}","volume_24h":"${quantity(bar.units)}","low_24h":"${price(bar.low)}","high_24h":"${price(bar.high)}","volume_30d":"${quantity(bar.units)}","best_bid":"${price(bid)}","best_bid_size":"${quantity(book.bestBid(step))}","best_ask":"${price(bid + 1)}","best_ask_size":"${quantity(book.bestAsk(step))}","side":"${last.buy ? "buy" : "sell"}","time":"${moment(time, last.id)}","trade_id":${last.id},"last_size":"${quantity(last.units)}"}`
  },
}
