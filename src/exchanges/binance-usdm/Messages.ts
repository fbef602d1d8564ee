import { Schema } from "effect"
import { Decimal, EventTime, Levels, Natural, Time } from "../binance/Messages.ts"

/*
 * USD-M's own messages; aggTrade, kline and ticker are spot's.
 */

/** `<symbol>@trade`. `X`: how it came about; anything but `MARKET` was not matched in the book. */
export const Trade = Schema.Struct({
  e: Schema.Literal("trade"),
  E: EventTime,
  T: Time,
  s: Schema.String,
  t: Natural,
  p: Decimal,
  q: Decimal,
  X: Schema.optionalKey(Schema.String),
  m: Schema.Boolean,
})

/** `<symbol>@bookTicker` */
export const BookTicker = Schema.Struct({
  e: Schema.Literal("bookTicker"),
  u: Natural,
  s: Schema.String,
  b: Decimal,
  B: Decimal,
  a: Decimal,
  A: Decimal,
  E: EventTime,
})

/** `<symbol>@depth@100ms`. `pu`: `u` of the delta before. */
export const Delta = Schema.Struct({
  e: Schema.Literal("depthUpdate"),
  E: EventTime,
  s: Schema.String,
  U: Natural,
  u: Natural,
  pu: Natural,
  b: Levels,
  a: Levels,
}).check(Schema.makeFilter(({ U, u }) => U <= u))

/** `<symbol>@depth<levels>@100ms`: the same event, but the whole top of the book. */
export const PartialBook = Schema.Struct({
  e: Schema.Literal("depthUpdate"),
  E: EventTime,
  s: Schema.String,
  u: Natural,
  b: Levels,
  a: Levels,
})

/** The body of `GET /fapi/v1/depth`. */
export const Snapshot = Schema.Struct({
  lastUpdateId: Natural,
  E: Schema.optionalKey(EventTime),
  bids: Levels,
  asks: Levels,
})
