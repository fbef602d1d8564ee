import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { StreamKind } from "../Protocol.ts"
import { message, size, volumes } from "./Messages.ts"
import { categoryOf, nameOf } from "./StreamNames.ts"

const tickerMillis = 100
const hours8 = 28_800_000

/** All that a contract's ticker says at a moment. */
const fieldsAt = (symbol: SymbolMarket, time: number): Readonly<Record<string, string>> => {
  const { book, market, price } = symbol
  const { bar, changePercent, step } = symbol.day(time)
  const { turnover, volume } = volumes(symbol, bar.units, bar.quote)
  const bid = market.bid(step)
  const open = 1_000_000 + (Math.floor(time / 3000) % 1000)
  const value = volumes(symbol, open, BigInt(open) * BigInt(bar.close))
  return {
    tickDirection: bar.close < bar.open ? "MinusTick" : "PlusTick",
    price24hPcnt: (Number(changePercent) / 100).toFixed(5),
    lastPrice: price(bar.close),
    prevPrice24h: price(bar.open),
    highPrice24h: price(bar.high),
    lowPrice24h: price(bar.low),
    prevPrice1h: price(bar.open),
    markPrice: price(bid),
    indexPrice: price(bid + 1),
    openInterest: value.volume,
    openInterestValue: value.turnover,
    turnover24h: turnover,
    volume24h: volume,
    nextFundingTime: String((Math.floor(time / hours8) + 1) * hours8),
    fundingRate: `0.0001${String(Math.floor(time / 3000) % 100).padStart(2, "0")}`,
    fundingIntervalHour: "8",
    bid1Price: price(bid),
    bid1Size: size(symbol, book.bestBid(step)),
    ask1Price: price(bid + 1),
    ask1Size: size(symbol, book.bestAsk(step)),
  }
}

const ticker = (
  symbol: SymbolMarket,
  time: number,
  fields: Readonly<Record<string, string>>,
  type: "snapshot" | "delta",
): string => message("tickers", symbol, time, JSON.stringify({ symbol: nameOf(symbol), ...fields }), type)

/** The whole once, and then what has changed since the push before. */
export const tickers: StreamKind = {
  type: "periodic",
  everyMillis: tickerMillis,
  open: (symbol, time) => ticker(symbol, time, fieldsAt(symbol, time), "snapshot"),
  write: (symbol, time) => {
    const before = fieldsAt(symbol, time - tickerMillis)
    const changed = Object.entries(fieldsAt(symbol, time)).filter(([name, value]) => before[name] !== value)
    return changed.length === 0 ? undefined : ticker(symbol, time, Object.fromEntries(changed), "delta")
  },
}

/** The side is that of the position: `Buy` is a long one, sold off. */
export const liquidations: StreamKind = {
  type: "periodic",
  everyMillis: 2000,
  write: (symbol, time) => {
    const { market, price } = symbol
    const count = Math.floor(time / 2000)
    const side = count % 2 === 0 ? "Buy" : "Sell"
    const entry = `{"T":${time - 200},"s":"${nameOf(symbol)}","S":"${side}","v":"${size(symbol, 1 + (count % 500))}","p":"${price(market.bid(market.stepAt(time)))}"}`
    return message("allLiquidation", symbol, time, `[${entry}]`)
  },
}

export const isContract = (symbol: SymbolMarket): boolean => categoryOf(symbol) !== "spot"
