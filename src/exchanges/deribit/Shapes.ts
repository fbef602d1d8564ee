import * as Shape from "../wire/Shape.ts"

/*
 * What the entries of each channel have to be. Deribit sends bare numbers; they are read as their text in the source.
 */

/** A sequence or an id, as the digits in the source. */
export const tradeShape = {
  trade_id: Shape.text,
  trade_seq: Shape.natural,
  timestamp: Shape.time,
  price: Shape.decimal,
  amount: Shape.decimal,
  direction: Shape.oneOf("buy", "sell"),
  liquidation: Shape.optional(Shape.oneOf("M", "T", "MT", "none")),
}

export const chartShape = {
  tick: Shape.time,
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  volume: Shape.decimal,
  cost: Shape.optional(Shape.decimal),
}

/** Of an option without a bid or an ask the best price is 0, its amount too; of late also `null`. */
export const bestShape = {
  timestamp: Shape.time,
  best_bid_price: Shape.optional(Shape.decimal),
  best_bid_amount: Shape.optional(Shape.decimal),
  best_ask_price: Shape.optional(Shape.decimal),
  best_ask_amount: Shape.optional(Shape.decimal),
}

export const tickerShape = {
  ...bestShape,
  last_price: Shape.optional(Shape.decimal),
  mark_price: Shape.optional(Shape.decimal),
  index_price: Shape.optional(Shape.decimal),
  open_interest: Shape.optional(Shape.decimal),
  current_funding: Shape.optional(Shape.signedDecimal),
}

export const statsShape = {
  volume: Shape.optional(Shape.decimal),
  volume_usd: Shape.optional(Shape.decimal),
  price_change: Shape.optional(Shape.signedDecimal),
  low: Shape.optional(Shape.decimal),
  high: Shape.optional(Shape.decimal),
}

export const bookShape = {
  timestamp: Shape.time,
  change_id: Shape.natural,
  prev_change_id: Shape.optional(Shape.natural),
}

export const priceShape = { timestamp: Shape.time, price: Shape.decimal }
export const volatilityShape = { timestamp: Shape.time, volatility: Shape.decimal }
