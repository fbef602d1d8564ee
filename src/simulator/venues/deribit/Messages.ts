import type { Levels } from "../../market/Book.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"
import type { DepthEvent, Messages, StreamKind } from "../Protocol.ts"
import { isPerpetual, resolutionOf } from "./StreamNames.ts"

/** A whole message: JSON-RPC without an id. */
const message = (channel: string, data: string): string =>
  `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"${channel}","data":${data}}}`

type Side = Levels["bids"]

/** What stood there before cannot be seen in a difference: every level that stays is called `change`. */
const changes = ({ price, quantity }: SymbolMarket, side: Side, action: "new" | "change"): string =>
  `[${side.map(([rung, units]) => (units === 0 ? `["delete",${price(rung)},0.0]` : `["${action}",${price(rung)},${quantity(units)}]`)).join(",")}]`

const levels = ({ price, quantity }: SymbolMarket, side: Side): string =>
  `[${side.map(([rung, units]) => `[${price(rung)},${quantity(units)}]`).join(",")}]`

const book = (symbol: SymbolMarket, event: DepthEvent, type: "snapshot" | "change"): string => {
  const { listing, market } = symbol
  const { asks, bids } = event.levels
  const action = type === "snapshot" ? "new" : "change"
  const previous = type === "snapshot" ? "" : `"prev_change_id":${market.updateId(event.before)},`
  return message(
    `book.${listing.native}.100ms`,
    `{"type":"${type}","timestamp":${event.time},${previous}"instrument_name":"${listing.native}","change_id":${market.updateId(event.last)},"bids":${changes(symbol, bids, action)},"asks":${changes(symbol, asks, action)}}`,
  )
}

/** One in so many trades liquidates somebody. */
const liquidationEvery = 7

const best = ({ book: of, market, price, quantity }: SymbolMarket, step: number): string => {
  const bid = market.bid(step)
  return `"best_bid_price":${price(bid)},"best_bid_amount":${quantity(of.bestBid(step))},"best_ask_price":${price(bid + 1)},"best_ask_amount":${quantity(of.bestAsk(step))}`
}

/** The fields and their order as recorded; those of perpetuals, trades and charts as documented. */
export const messages: Messages = {
  trade: ({ listing, price, quantity }, { buy, id, rung, time, units }) => {
    const kind = ["T", "M", "MT"][Math.floor(id / liquidationEvery) % 3]!
    const liquidation =
      isPerpetual(listing.native) && id % liquidationEvery === 0 ? `"liquidation":"${kind}",` : ""
    return message(
      `trades.${listing.native}.100ms`,
      `[{"timestamp":${time},"price":${price(rung)},${liquidation}"direction":"${buy ? "buy" : "sell"}","index_price":${price(rung)},"instrument_name":"${listing.native}","trade_seq":${id},"amount":${quantity(units)},"mark_price":${price(rung)},"tick_direction":${id % 4},"trade_id":"${id + 1_000_000}"}]`,
    )
  },
  // There is no channel of merged trades.
  aggTrade: () => "",
  bookTicker: (symbol, step) => {
    const { listing, market } = symbol
    return message(
      `quote.${listing.native}`,
      `{"timestamp":${market.stepTime(step)},"instrument_name":"${listing.native}",${best(symbol, step)}}`,
    )
  },
  depth: (symbol, event) => book(symbol, event, "change"),
  snapshot: (symbol, event) => book(symbol, event, "snapshot"),
  partialDepth: (symbol, event) => {
    const { listing, market } = symbol
    const { asks, bids } = event.levels
    return message(
      `book.${listing.native}.none.${bids.length}.100ms`,
      `{"timestamp":${event.time},"instrument_name":"${listing.native}","change_id":${market.updateId(event.last)},"bids":${levels(symbol, bids)},"asks":${levels(symbol, asks)}}`,
    )
  },
  kline: ({ listing, price, quantity, quote }, interval, bar) =>
    message(
      `chart.trades.${listing.native}.${resolutionOf(interval)}`,
      `{"volume":${quantity(bar.units)},"tick":${bar.start},"open":${price(bar.open)},"low":${price(bar.low)},"high":${price(bar.high)},"cost":${quote(bar.quote)},"close":${price(bar.close)}}`,
    ),
  ticker: (symbol, time) => {
    const { listing, price, quantity, quote } = symbol
    const { bar, changePercent, step } = symbol.day(time)
    const of = isPerpetual(listing.native)
    const index = price(bar.close)
    const funding = `"funding_8h":0.0000211,"current_funding":${time % 3000 < 1500 ? "5.0e-6" : "-0.000013"},`
    const interest = `"open_interest":${quantity(1_000_000 + (Math.floor(time / 3000) % 1000))},`
    return message(
      `ticker.${listing.native}.100ms`,
      `{"timestamp":${time},"stats":{"volume_usd":${quote(bar.quote)},"volume":${quantity(bar.units)},"price_change":${changePercent},"low":${price(bar.low)},"high":${price(bar.high)}},"state":"open",${of ? interest : ""}"min_price":${price(bar.low)},"max_price":${price(bar.high)},"mark_price":${index},"last_price":${price(bar.close)},"instrument_name":"${listing.native}","index_price":${index},${of ? funding : ""}"estimated_delivery_price":${index},${best(symbol, step)}}`,
    )
  },
}

/** What is told of an index by the clock. */
const ofIndex = (channel: string, write: (symbol: SymbolMarket, time: number) => string): StreamKind => ({
  type: "periodic",
  everyMillis: 1000,
  write: (symbol, time) =>
    message(
      `${channel}.${symbol.listing.native}`,
      `{${write(symbol, time)},"timestamp":${time},"index_name":"${symbol.listing.native}"}`,
    ),
})

export const periodic: Readonly<Record<string, StreamKind>> = {
  deribit_price_index: ofIndex(
    "deribit_price_index",
    ({ market, price }, time) => `"price":${price(market.bid(market.stepAt(time)))}`,
  ),
  deribit_volatility_index: ofIndex(
    "deribit_volatility_index",
    (_, time) => `"volatility":${40 + (Math.floor(time / 1000) % 1000) / 100}`,
  ),
}
