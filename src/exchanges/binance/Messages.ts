import { Schema } from "effect"
import { maxDecimalLength } from "../../domain/DecimalText.ts"
import { maxTime } from "./Fields.ts"

/*
 * What Binance sends, as far as Millrace relies on it: the reference that the hand-written decoders are held against
 * by property tests. Fields that no record needs are left out, so that a change in them is nobody's loss. The
 * decoders check one thing more: that `s` is the symbol and `i` the interval of the message's stream.
 */

/** A price or a quantity: `2683.80000000`. */
export const Decimal = Schema.String.check(
  Schema.isPattern(/^\d+(\.\d+)?$/),
  Schema.isMaxLength(maxDecimalLength),
)

/** A change: `-12.50`. */
export const SignedDecimal = Schema.String.check(
  Schema.isPattern(/^-?\d+(\.\d+)?$/),
  Schema.isMaxLength(maxDecimalLength),
)

/** Milliseconds since the epoch. */
export const Time = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: maxTime }))

export const EventTime = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxTime }))

/** An id, a sequence or a count. */
export const Natural = Schema.Natural

/** Price and quantity; once there was a third, empty element. */
export const Level = Schema.TupleWithRest(Schema.Tuple([Decimal, Decimal]), [Schema.Unknown])

export const Levels = Schema.Array(Level)

/** A combined connection's frame. */
export const combined = <S extends Schema.Constraint>(data: S) =>
  Schema.Struct({ stream: Schema.String, data })

/** `<symbol>@trade`. `m`: the buyer was the maker, so the taker sold. */
export const Trade = Schema.Struct({
  e: Schema.Literal("trade"),
  E: EventTime,
  s: Schema.String,
  t: Natural,
  p: Decimal,
  q: Decimal,
  T: Time,
  m: Schema.Boolean,
})

/** `<symbol>@aggTrade`: the trades `f` to `l` of one taker order at one price. */
export const AggregateTrade = Schema.Struct({
  e: Schema.Literal("aggTrade"),
  E: EventTime,
  s: Schema.String,
  a: Natural,
  p: Decimal,
  q: Decimal,
  f: Natural,
  l: Natural,
  T: Time,
  m: Schema.Boolean,
})

/** `<symbol>@kline_<interval>`. `x`: this kline is closed. */
export const Kline = Schema.Struct({
  e: Schema.Literal("kline"),
  E: EventTime,
  s: Schema.String,
  k: Schema.Struct({
    t: Time,
    T: Time,
    s: Schema.String,
    i: Schema.String,
    o: Decimal,
    c: Decimal,
    h: Decimal,
    l: Decimal,
    v: Decimal,
    n: Natural,
    x: Schema.Boolean,
    q: Decimal,
  }),
})

/** `<symbol>@ticker`: the last 24 hours. USD-M leaves the best prices out. */
export const Ticker = Schema.Struct({
  e: Schema.Literal("24hrTicker"),
  E: EventTime,
  s: Schema.String,
  p: SignedDecimal,
  P: SignedDecimal,
  c: Decimal,
  b: Schema.optionalKey(Decimal),
  B: Schema.optionalKey(Decimal),
  a: Schema.optionalKey(Decimal),
  A: Schema.optionalKey(Decimal),
  o: Decimal,
  h: Decimal,
  l: Decimal,
  v: Decimal,
  q: Decimal,
  O: Time,
  C: Time,
})

/** `<symbol>@bookTicker`: on spot without event and time. */
export const BookTicker = Schema.Struct({
  e: Schema.optionalKey(Schema.Literal("bookTicker")),
  u: Natural,
  s: Schema.String,
  b: Decimal,
  B: Decimal,
  a: Decimal,
  A: Decimal,
})

/** `<symbol>@depth@100ms`: levels that changed; a quantity of zero removes. */
export const Delta = Schema.Struct({
  e: Schema.Literal("depthUpdate"),
  E: EventTime,
  s: Schema.String,
  U: Natural,
  u: Natural,
  b: Levels,
  a: Levels,
}).check(Schema.makeFilter(({ U, u }) => U <= u))

/** `<symbol>@depth<levels>@100ms`, and the body of `GET /api/v3/depth`. */
export const Snapshot = Schema.Struct({ lastUpdateId: Natural, bids: Levels, asks: Levels })
