import { Schema } from "effect"
import type { RecordType } from "./DataType.ts"
import * as Data from "./RecordData.ts"
import { field, Milliseconds, NonEmptyText, optionalField } from "./RecordFields.ts"

/*
 * One Schema for each type of record. They are the contract: docs/RECORDS.md and the JSON Schema are written from them,
 * and what the decoders make is held against them.
 */

/** The fields that every record begins with, and its data. */
const fields = <T extends RecordType, D extends Schema.Top>(type: T, data: D) => ({
  type: field(Schema.Literal(type), "What `data` holds."),
  exchange: field(NonEmptyText, "The exchange, not the venue: `binance` for spot and futures alike."),
  market: field(
    Schema.Literals(["spot", "perpetual", "future", "option", "index"]),
    "The kind of instrument.",
  ),
  symbol: field(
    NonEmptyText,
    "Canonical, unique within an exchange: `BTC-USDT`, `BTC-USDT-PERP`, `BTC-USD-20250328`, `BTC-20250328-60000-C`.",
  ),
  native: field(NonEmptyText, "The exchange's own name: `BTCUSDT`."),
  id: field(
    NonEmptyText,
    "`exchange:symbol:type:key`. The same event received twice, on any connection, node or day, has the same id.",
  ),
  timestamp: field(Milliseconds, "The exchange's event time; without one the receive time."),
  timestampSource: optionalField(Schema.Literal("receive"), "There when the message has no time of its own."),
  receivedAt: field(
    Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
    "When it left the socket: milliseconds, microseconds as the fraction. Clocks differ, so it may be before `timestamp`.",
  ),
  source: field(Schema.Literals(["stream", "rest", "replay"]), "How it came."),
  data: field(data, "By type, below."),
})

/** A trade, or several that the exchange merged. */
export const TradeRecord = Schema.Struct(fields("trade", Data.TradeData)).annotate({
  identifier: "TradeRecord",
})
export interface TradeRecord extends Schema.Schema.Type<typeof TradeRecord> {}

/** A candle, open or closed. */
export const KlineRecord = Schema.Struct(fields("kline", Data.KlineData)).annotate({
  identifier: "KlineRecord",
})
export interface KlineRecord extends Schema.Schema.Type<typeof KlineRecord> {}

/** Statistics of a rolling window. */
export const TickerRecord = Schema.Struct(fields("ticker", Data.TickerData)).annotate({
  identifier: "TickerRecord",
})
export interface TickerRecord extends Schema.Schema.Type<typeof TickerRecord> {}

/** Best bid and offer. */
export const BboRecord = Schema.Struct(fields("bbo", Data.BboData)).annotate({ identifier: "BboRecord" })
export interface BboRecord extends Schema.Schema.Type<typeof BboRecord> {}

/** A snapshot of a book, or a change of it. */
export const DepthRecord = Schema.Struct(fields("depth", Data.DepthData)).annotate({
  identifier: "DepthRecord",
})
export interface DepthRecord extends Schema.Schema.Type<typeof DepthRecord> {}

/** The funding rate of a perpetual. */
export const FundingRecord = Schema.Struct(fields("funding", Data.FundingData)).annotate({
  identifier: "FundingRecord",
})
export interface FundingRecord extends Schema.Schema.Type<typeof FundingRecord> {}

/** Contracts that are open. */
export const OpenInterestRecord = Schema.Struct(fields("open_interest", Data.OpenInterestData)).annotate({
  identifier: "OpenInterestRecord",
})
export interface OpenInterestRecord extends Schema.Schema.Type<typeof OpenInterestRecord> {}

/** An order of the exchange's liquidation engine. */
export const LiquidationRecord = Schema.Struct(fields("liquidation", Data.LiquidationData)).annotate({
  identifier: "LiquidationRecord",
})
export interface LiquidationRecord extends Schema.Schema.Type<typeof LiquidationRecord> {}

/** The price at which positions are valued. */
export const MarkPriceRecord = Schema.Struct(fields("mark_price", Data.PriceData)).annotate({
  identifier: "MarkPriceRecord",
})
export interface MarkPriceRecord extends Schema.Schema.Type<typeof MarkPriceRecord> {}

/** The price of the underlying index. */
export const IndexPriceRecord = Schema.Struct(fields("index_price", Data.PriceData)).annotate({
  identifier: "IndexPriceRecord",
})
export interface IndexPriceRecord extends Schema.Schema.Type<typeof IndexPriceRecord> {}

/** How the longs compare with the shorts. */
export const LongShortRatioRecord = Schema.Struct(
  fields("long_short_ratio", Data.LongShortRatioData),
).annotate({ identifier: "LongShortRatioRecord" })
export interface LongShortRatioRecord extends Schema.Schema.Type<typeof LongShortRatioRecord> {}

/** Implied volatility as an index. */
export const VolatilityIndexRecord = Schema.Struct(
  fields("volatility_index", Data.VolatilityIndexData),
).annotate({ identifier: "VolatilityIndexRecord" })
export interface VolatilityIndexRecord extends Schema.Schema.Type<typeof VolatilityIndexRecord> {}

/** What an exchange sent and Millrace did not get, by name. Later states repeat the id with a higher `revision`. */
export const GapRecord = Schema.Struct({
  ...fields("gap", Data.GapData),
  revision: field(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
    "From 1. A later state of the same gap has the same id and a higher revision.",
  ),
}).annotate({ identifier: "GapRecord" })
export interface GapRecord extends Schema.Schema.Type<typeof GapRecord> {}
