import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import { periodNames } from "../htx/Messages.ts"
import { push, sides } from "../htx/Wire.ts"
import type { DepthEvent, Messages, StreamKind } from "../Protocol.ts"

/** Contracts write their numbers without exponents (recorded). */
const plain = (text: string): string => text

const topic = ({ listing }: SymbolMarket, channel: string): string => `market.${listing.native}.${channel}`

export const isCoinSettled = ({ listing }: SymbolMarket): boolean => listing.native.endsWith("-USD")

/** What only swaps that are settled in USDT tell. */
const turnover = (symbol: SymbolMarket, text: string): string =>
  isCoinSettled(symbol) ? "" : `,"trade_turnover":${text}`

/**
 * A version that grows by one with each push: the push's place since the epoch. A push that tells nothing is sent
 * nevertheless, as the real exchange sometimes does; it would be a hole.
 */
export const bookEveryMillis = 100
export const versionAt = (time: number): number => Math.floor(time / bookEveryMillis)
const version = ({ time }: DepthEvent): number => versionAt(time)

const book = (symbol: SymbolMarket, event: DepthEvent, kind: "snapshot" | "update"): string => {
  const name = topic(symbol, "depth.size_150.high_freq")
  const match = symbol.market.updateId(event.last)
  return `{"ch":"${name}","tick":{${sides(symbol, event.levels, plain)},"ch":"${name}","event":"${kind}","id":${match},"mrid":${match},"ts":${event.time},"version":${version(event)}},"ts":${event.time}}`
}

/** Trades and `depth.step0` in the shapes of the recorded session, the others in those of the documents. */
export const messages: Messages = {
  trade: (symbol, { id }) =>
    messages.aggTrade(symbol, symbol.market.aggregate(symbol.market.aggregateOf(id))),
  // The trades of one match, oldest first, under its number and theirs.
  aggTrade: (symbol, { first, id, last, time }) => {
    const trades: Array<string> = []
    for (let trade = first; trade <= last; trade++) {
      const { buy, rung, units } = symbol.market.trade(trade)
      const quantity = symbol.quantity(units)
      trades.push(
        `{"amount":${quantity},"quantity":${quantity}${turnover(symbol, quantity)},"ts":${time},"id":${id * 10_000 + (trade - first)},"price":${symbol.price(rung)},"direction":"${buy ? "buy" : "sell"}"}`,
      )
    }
    return push(
      topic(symbol, "trade.detail"),
      time + 18,
      `"id":${id},"ts":${time},"data":[${trades.join(",")}]`,
    )
  },
  bookTicker: (symbol, step) => {
    const { book: levels, market, price, quantity } = symbol
    const bid = market.bid(step)
    const time = market.stepTime(step)
    const match = market.updateId(step)
    return push(
      topic(symbol, "bbo"),
      time + 2,
      `"mrid":${match},"id":${Math.floor(time / 1000)},"bid":[${price(bid)},${quantity(levels.bestBid(step))}],"ask":[${price(bid + 1)},${quantity(levels.bestAsk(step))}],"ts":${time},"version":${match},"ch":"${topic(symbol, "bbo")}"`,
    )
  },
  depth: (symbol, event) => book(symbol, event, "update"),
  snapshot: (symbol, event) => book(symbol, event, "snapshot"),
  partialDepth: (symbol, event) => {
    const match = symbol.market.updateId(event.last)
    const levels = sides(symbol, event.levels, plain)
    const name = topic(symbol, event.levels.bids.length > 20 ? "depth.step0" : "depth.size_20.high_freq")
    return event.levels.bids.length > 20
      ? push(
          name,
          event.time,
          `"mrid":${match},"id":${Math.floor(event.time / 1000)},${levels},"ts":${event.time},"version":${Math.floor(event.time / 1000)},"ch":"${name}"`,
        )
      : push(
          name,
          event.time,
          `${levels},"ch":"${name}","event":"snapshot","id":${match},"mrid":${match},"ts":${event.time},"version":${version(event)}`,
        )
  },
  kline: (symbol, interval, bar, time) => {
    const { price, quantity, quote } = symbol
    return push(
      topic(symbol, `kline.${periodNames[interval]}`),
      time,
      `"id":${Math.floor(bar.start / 1000)},"mrid":${bar.firstTrade},"open":${price(bar.open)},"close":${price(bar.close)},"high":${price(bar.high)},"low":${price(bar.low)},"amount":${quantity(bar.units)},"vol":${quantity(bar.units)}${turnover(symbol, quote(bar.quote))},"count":${bar.trades}`,
    )
  },
  ticker: (symbol, time) => {
    const { book: levels, market, price, quantity, quote } = symbol
    const { bar, step } = symbol.day(time)
    const bid = market.bid(step)
    return push(
      topic(symbol, "detail"),
      time,
      `"id":${Math.floor(time / 1000)},"mrid":${market.updateId(step)},"open":${price(bar.open)},"close":${price(bar.close)},"high":${price(bar.high)},"low":${price(bar.low)},"amount":${quantity(bar.units)},"vol":${quantity(bar.units)}${turnover(symbol, quote(bar.quote))},"count":${bar.trades},"bid":[${price(bid)},${quantity(levels.bestBid(step))}],"ask":[${price(bid + 1)},${quantity(levels.bestAsk(step))}],"ts":${time}`,
    )
  },
}

const hours8 = 28_800_000

/** `{"op":"notify","topic":…}`: one entry. */
const notification = ({ listing }: SymbolMarket, channel: string, time: number, entry: string): string =>
  `{"op":"notify","topic":"public.${listing.native}.${channel}","ts":${time},"data":[{"symbol":"${listing.base}","contract_code":"${listing.native}",${entry}}]}`

/** A kline of a minute of prices alone: its values are text. */
const prices =
  (channel: string): Extract<StreamKind, { readonly type: "periodic" }>["write"] =>
  (symbol, time) => {
    const { market, price } = symbol
    const start = Math.floor(time / 60_000) * 60_000
    const [open, close] = [start, time].map((at) => price(market.bid(market.stepAt(at))))
    const [low, high] = Number(open) < Number(close) ? [open, close] : [close, open]
    return push(
      topic(symbol, channel),
      time,
      `"vol":"0","close":"${close}","count":"0","high":"${high}","id":${start / 1000},"low":"${low}","open":"${open}","trade_turnover":"0","amount":"0"`,
    )
  }

/** What is pushed by the clock beside the market's own channels. */
export const periodic: Readonly<Record<string, StreamKind>> = {
  "market.mark_price.1min": { type: "periodic", everyMillis: 1000, write: prices("mark_price.1min") },
  "market.index.1min": { type: "periodic", everyMillis: 1000, write: prices("index.1min") },
  "public.funding_rate": {
    type: "periodic",
    everyMillis: 5000,
    write: (symbol, time) => {
      const paid = (Math.floor(time / hours8) + 1) * hours8
      const asset = isCoinSettled(symbol) ? symbol.listing.base : "USDT"
      return notification(
        symbol,
        "funding_rate",
        time,
        `"fee_asset":"${asset}","funding_time":"${Math.floor(time / 60_000) * 60_000}","funding_rate":"0.0001${String(Math.floor(time / 5000) % 100).padStart(2, "0")}","settlement_time":"${paid}","estimated_rate":"null"`,
      )
    },
  },
  "public.liquidation_orders": {
    type: "periodic",
    everyMillis: 2000,
    write: (symbol, time) => {
      const { market, price, quantity } = symbol
      const buy = Math.floor(time / 2000) % 2 === 0
      const units = quantity(1 + (Math.floor(time / 2000) % 500))
      return notification(
        symbol,
        "liquidation_orders",
        time,
        `"direction":"${buy ? "buy" : "sell"}","offset":"close","volume":${units},"price":${price(market.bid(market.stepAt(time)))},"created_at":${time - 5},"amount":${units}${turnover(symbol, units)},"business_type":"swap"`,
      )
    },
  },
}
