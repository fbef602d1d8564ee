import { crc32 } from "node:zlib"
import { klineSpan } from "../../market/Bars.ts"
import type { Level } from "../../market/Book.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { DepthEvent, Messages } from "../Protocol.ts"
import { minutesOf } from "./StreamNames.ts"

/** Seconds with six decimals; `micros` tell apart what falls into one millisecond. */
export const moment = (millis: number, micros = 0): string =>
  `${Math.floor(millis / 1000)}.${String(Math.floor(millis) % 1000).padStart(3, "0")}${String(micros % 1000).padStart(3, "0")}`

const message = ({ listing }: SymbolMarket, channel: string, ...parts: ReadonlyArray<string>): string =>
  `[336,${parts.join(",")},"${channel}","${listing.native}"]`

const side = ({ price, quantity }: SymbolMarket, levels: ReadonlyArray<Level>, time: string): string =>
  `[${levels.map(([rung, units]) => `["${price(rung)}","${quantity(units)}","${time}"]`).join(",")}]`

const digits = (text: string): string => text.replace(".", "").replace(/^0+/, "")

/** The CRC32 of the ten best asks and the ten best bids, without points and leading zeros. */
const checksum = ({ book, price, quantity }: SymbolMarket, step: number): number => {
  const { asks, bids } = book.at(step, 10)
  return crc32(
    [...asks, ...bids].map(([rung, units]) => digits(price(rung)) + digits(quantity(units))).join(""),
  )
}

/** A change of one side is one part, of both sides two; the sum stands in the last. */
const change = (symbol: SymbolMarket, { last, levels, time }: DepthEvent): string => {
  const at = moment(time)
  const sum = `"c":"${checksum(symbol, last)}"`
  const asks = `"a":${side(symbol, levels.asks, at)}`
  const bids = `"b":${side(symbol, levels.bids, at)}`
  if (levels.bids.length === 0) return message(symbol, "book-1000", `{${asks},${sum}}`)
  if (levels.asks.length === 0) return message(symbol, "book-1000", `{${bids},${sum}}`)
  return message(symbol, "book-1000", `{${asks}}`, `{${bids},${sum}}`)
}

const never = (): never => {
  throw new Error("no such channel")
}

/** In the shapes of 2021 as they were recorded; `spread` and `ohlc` as they are documented. */
export const messages: Messages = {
  trade: (symbol, { buy, id, rung, time, units }) =>
    message(
      symbol,
      "trade",
      `[["${symbol.price(rung)}","${symbol.quantity(units)}","${moment(time, id)}","${buy ? "b" : "s"}","l",""]]`,
    ),
  aggTrade: never,
  bookTicker: (symbol, step) => {
    const { book, market, price, quantity } = symbol
    const bid = market.bid(step)
    return message(
      symbol,
      "spread",
      `["${price(bid)}","${price(bid + 1)}","${moment(market.stepTime(step), step)}","${quantity(book.bestBid(step))}","${quantity(book.bestAsk(step))}"]`,
    )
  },
  depth: change,
  snapshot: (symbol, { levels, time }) =>
    message(
      symbol,
      "book-1000",
      `{"as":${side(symbol, levels.asks, moment(time))},"bs":${side(symbol, levels.bids, moment(time))}}`,
    ),
  partialDepth: never,
  kline: (symbol, interval, bar, time) => {
    const { price, quantity } = symbol
    const { next } = klineSpan(interval, bar.start)
    return message(
      symbol,
      `ohlc-${minutesOf(interval)}`,
      `["${moment(time)}","${moment(next)}","${price(bar.open)}","${price(bar.high)}","${price(bar.low)}","${price(bar.close)}","${price(bar.close)}","${quantity(bar.units)}",${bar.trades}]`,
    )
  },
  ticker: (symbol, time) => {
    const { book, market, price, quantity } = symbol
    const { bar, last, step } = symbol.day(time)
    const bid = market.bid(step)
    const best = (rung: number, units: number) =>
      `["${price(rung)}",${Math.floor(Number(quantity(units)))},"${quantity(units)}"]`
    const twice = (text: string) => `["${text}","${text}"]`
    const low = twice(price(bar.low))
    const volume = twice(quantity(bar.units))
    return message(
      symbol,
      "ticker",
      `{"a":${best(bid + 1, book.bestAsk(step))},"b":${best(bid, book.bestBid(step))},"c":["${price(bar.close)}","${quantity(last.units)}"],"v":${volume},"p":${twice(price(bar.close))},"t":[${bar.trades},${bar.trades}],"l":${low},"h":${twice(price(bar.high))},"o":${twice(price(bar.open))}}`,
    )
  },
}
