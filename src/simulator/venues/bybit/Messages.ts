import { klineSpan } from "../../market/Bars.ts"
import { hash } from "../../market/Hash.ts"
import type { Levels } from "../../market/Book.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { DepthEvent, Messages } from "../Protocol.ts"
import { categoryOf, intervalNames, nameOf } from "./StreamNames.ts"

/** How often the deep book is pushed. */
export const bookMillis = 200

/** A whole message. */
export const message = (
  channel: string,
  symbol: SymbolMarket,
  time: number,
  data: string,
  type: "snapshot" | "delta" = "snapshot",
): string => `{"topic":"${channel}.${nameOf(symbol)}","type":"${type}","ts":${time},"data":${data}}`

/** Inverse contracts are counted in whole dollars. */
export const size = (symbol: SymbolMarket, units: number): string =>
  categoryOf(symbol) === "inverse" ? String(units) : symbol.quantity(units)

/** What was traded, in the venue's words: of inverse contracts `turnover` counts the base. */
export const volumes = (symbol: SymbolMarket, units: number, quote: bigint) =>
  categoryOf(symbol) === "inverse"
    ? { volume: String(units), turnover: symbol.quantity(units) }
    : { volume: symbol.quantity(units), turnover: symbol.quote(quote) }

const side = (symbol: SymbolMarket, levels: Levels["bids"]): string =>
  `[${levels.map(([rung, units]) => `["${symbol.price(rung)}","${size(symbol, units)}"]`).join(",")}]`

const sides = (symbol: SymbolMarket, { asks, bids }: Levels, update: number, sequence: number): string =>
  `{"s":"${nameOf(symbol)}","b":${side(symbol, bids)},"a":${side(symbol, asks)},"u":${update},"seq":${sequence}}`

/**
 * A book's updates are counted one by one. Where several changes fall into a push, each push has some, and pushes are
 * counted; where they are seldom, each change has a push of its own, and changes are.
 */
export const updateOf = ({ market }: SymbolMarket, time: number, step: number): number =>
  market.activity.stepsPerMinute <= 60_000 / bookMillis ? step : Math.floor(time / bookMillis)

const book = (symbol: SymbolMarket, { last, levels, time }: DepthEvent, type: "snapshot" | "delta"): string =>
  message(
    "orderbook.1000",
    symbol,
    time,
    sides(symbol, levels, updateOf(symbol, time, last), symbol.market.updateId(last)),
    type,
  )

const hex = (seed: number, id: number, part: number): string =>
  hash(seed + part, id)
    .toString(16)
    .padStart(8, "0")
    .slice(-8)

/** Of contracts a UUID, of spot a long number. */
export const tradeId = (symbol: SymbolMarket, id: number): string => {
  const { seed } = symbol.market
  if (categoryOf(symbol) === "spot") return `2290000000${id}`
  const [a, b, c, d] = [1, 2, 3, 4].map((part) => hex(seed, id, part)) as [string, string, string, string]
  return `${a}-${b.slice(0, 4)}-5${b.slice(5)}-a${c.slice(1, 4)}-${d}${c.slice(4)}`
}

export const messages: Messages = {
  trade: (symbol, { buy, id, rung, time, units }) =>
    message(
      "publicTrade",
      symbol,
      time + 3,
      `[{"i":"${tradeId(symbol, id)}","T":${time},"p":"${symbol.price(rung)}","v":"${size(symbol, units)}","S":"${buy ? "Buy" : "Sell"}","s":"${nameOf(symbol)}","BT":false,"RPI":false,"seq":${id}}]`,
    ),
  aggTrade: () => {
    throw new Error("bybit merges no trades")
  },
  bookTicker: (symbol, step) => {
    const { book: levels, market } = symbol
    const bid = market.bid(step)
    const best: Levels = { bids: [[bid, levels.bestBid(step)]], asks: [[bid + 1, levels.bestAsk(step)]] }
    return message(
      "orderbook.1",
      symbol,
      market.stepTime(step),
      sides(symbol, best, step, market.updateId(step)),
    )
  },
  depth: (symbol, event) => book(symbol, event, "delta"),
  snapshot: (symbol, event) => book(symbol, event, "snapshot"),
  partialDepth: () => {
    throw new Error("bybit pushes no partial books")
  },
  kline: (symbol, interval, bar, time) => {
    const { price } = symbol
    const { next } = klineSpan(interval, bar.start)
    const { turnover, volume } = volumes(symbol, bar.units, bar.quote)
    return message(
      `kline.${intervalNames[interval]}`,
      symbol,
      time,
      `[{"start":${bar.start},"end":${next - 1},"interval":"${intervalNames[interval]}","open":"${price(bar.open)}","close":"${price(bar.close)}","high":"${price(bar.high)}","low":"${price(bar.low)}","volume":"${volume}","turnover":"${turnover}","confirm":${time >= next},"timestamp":${time}}]`,
    )
  },
  ticker: (symbol, time) => {
    const { price } = symbol
    const { bar, changePercent } = symbol.day(time)
    const { turnover, volume } = volumes(symbol, bar.units, bar.quote)
    return message(
      "tickers",
      symbol,
      time,
      `{"symbol":"${nameOf(symbol)}","lastPrice":"${price(bar.close)}","highPrice24h":"${price(bar.high)}","lowPrice24h":"${price(bar.low)}","prevPrice24h":"${price(bar.open)}","volume24h":"${volume}","turnover24h":"${turnover}","price24hPcnt":"${(Number(changePercent) / 100).toFixed(5)}","usdIndexPrice":"${price(bar.close)}"}`,
    )
  },
}
