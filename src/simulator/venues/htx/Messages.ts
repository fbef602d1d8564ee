import type { KlineInterval } from "../../../domain/DataType.ts"
import { klineIntervals } from "../../../domain/DataType.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { bookOfLastPush } from "../Feed.ts"
import type { DepthEvent, Messages } from "../Protocol.ts"
import { number, push, sides } from "./Wire.ts"

/** HTX's names of the intervals that it has. */
export const periodNames: Readonly<Partial<Record<KlineInterval, string>>> = {
  "1m": "1min",
  "5m": "5min",
  "15m": "15min",
  "30m": "30min",
  "1h": "60min",
  "4h": "4hour",
  "1d": "1day",
  "1w": "1week",
  "1M": "1mon",
}

export const intervalOf = (period: string): KlineInterval | undefined =>
  klineIntervals.find((interval) => periodNames[interval] === period)

const topic = ({ listing }: SymbolMarket, channel: string): string => `market.${listing.native}.${channel}`

/** 27 digits: the match, an order, and a number. */
const longId = (id: number, trade: number): string =>
  `${id}2557575674${String(trade).padStart(5, "0").slice(-5)}`

const sequence = ({ market }: SymbolMarket, { before, last }: DepthEvent): string =>
  `"seqNum":${market.updateId(last)},"prevSeqNum":${market.updateId(before)}`

/** Changes of the book, of as many levels as the market has. */
const bookEveryMillis = 100

/** The answer to a request for the book, as of the last push. */
export const bookAnswer = (symbol: SymbolMarket, channel: string, id: string, now: number): string => {
  const event = bookOfLastPush(symbol, bookEveryMillis, now)
  return `{"id":${JSON.stringify(id)},"rep":"${topic(symbol, channel)}","status":"ok","ts":${now},"data":{"seqNum":${symbol.market.updateId(event.last)},${sides(symbol, event.levels)}}}`
}

/** In the shapes of the recorded session; best prices, tickers, klines and changes of the book in those of the documents. */
export const messages: Messages = {
  trade: (symbol, { buy, id, rung, time, units }) =>
    push(
      topic(symbol, "trade.detail"),
      time + 1,
      `"id":${id},"ts":${time},"data":[{"id":${longId(id, id)},"ts":${time},"tradeId":${id},"amount":${number(symbol.quantity(units))},"price":${number(symbol.price(rung))},"direction":"${buy ? "buy" : "sell"}"}]`,
    ),
  // The fills of one order, the newest first.
  aggTrade: (symbol, { first, id, last, time }) => {
    const fills: Array<string> = []
    for (let trade = last; trade >= first; trade--) {
      const { buy, rung, units } = symbol.market.trade(trade)
      fills.push(
        `{"id":${longId(id, trade)},"ts":${time},"tradeId":${trade},"amount":${number(symbol.quantity(units))},"price":${number(symbol.price(rung))},"direction":"${buy ? "buy" : "sell"}"}`,
      )
    }
    return push(
      topic(symbol, "trade.detail"),
      time + 2,
      `"id":${id},"ts":${time},"data":[${fills.join(",")}]`,
    )
  },
  bookTicker: (symbol, step) => {
    const { book, listing, market, price, quantity } = symbol
    const bid = market.bid(step)
    const time = market.stepTime(step)
    return push(
      topic(symbol, "bbo"),
      time + 1,
      `"seqId":${market.updateId(step)},"ask":${number(price(bid + 1))},"askSize":${number(quantity(book.bestAsk(step)))},"bid":${number(price(bid))},"bidSize":${number(quantity(book.bestBid(step)))},"quoteTime":${time},"symbol":"${listing.native}"`,
    )
  },
  depth: (symbol, event) =>
    push(topic(symbol, "mbp.150"), event.time, `${sequence(symbol, event)},${sides(symbol, event.levels)}`),
  partialDepth: (symbol, event) => {
    const levels = event.levels.bids.length
    const last = symbol.market.updateId(event.last)
    return levels > 20
      ? push(
          topic(symbol, "depth.step0"),
          event.time,
          `${sides(symbol, event.levels)},"version":${last},"ts":${event.time}`,
        )
      : push(
          topic(symbol, `mbp.refresh.${levels}`),
          event.time,
          `"seqNum":${last},${sides(symbol, event.levels)}`,
        )
  },
  kline: (symbol, interval, bar, time) => {
    const { price, quantity, quote } = symbol
    return push(
      topic(symbol, `kline.${periodNames[interval]}`),
      time,
      `"id":${Math.floor(bar.start / 1000)},"open":${number(price(bar.open))},"close":${number(price(bar.close))},"low":${number(price(bar.low))},"high":${number(price(bar.high))},"amount":${number(quantity(bar.units))},"vol":${number(quote(bar.quote))},"count":${bar.trades}`,
    )
  },
  ticker: (symbol, time) => {
    const { book, market, price, quantity, quote } = symbol
    const { bar, last, step } = symbol.day(time)
    const bid = market.bid(step)
    return push(
      topic(symbol, "ticker"),
      time,
      `"open":${number(price(bar.open))},"high":${number(price(bar.high))},"low":${number(price(bar.low))},"close":${number(price(bar.close))},"amount":${number(quantity(bar.units))},"vol":${number(quote(bar.quote))},"count":${bar.trades},"bid":${number(price(bid))},"bidSize":${number(quantity(book.bestBid(step)))},"ask":${number(price(bid + 1))},"askSize":${number(quantity(book.bestAsk(step)))},"lastPrice":${number(price(bar.close))},"lastSize":${number(quantity(last.units))}`,
    )
  },
}
