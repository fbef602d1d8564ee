import { Schema } from "effect"
import { klineIntervals } from "./DataType.ts"
import {
  Count,
  DecimalText,
  field,
  Levels,
  Milliseconds,
  NonEmptyText,
  optionalField,
  QuantityText,
  SequenceText,
  Side,
} from "./RecordFields.ts"

/** What each type of record carries in `data`, in the order of its fields. */

export const TradeData = Schema.Struct({
  price: field(DecimalText, "The price."),
  quantity: field(QuantityText, "How much changed hands."),
  side: field(Side, "The taker's."),
  tradeId: field(NonEmptyText, "The exchange's id; the aggregate's id where there is one."),
  tradeTime: field(Milliseconds, "The trade's own time; `timestamp` is the message's."),
  aggregate: optionalField(
    Schema.Struct({
      first: field(SequenceText, "The id of the first trade that it merges."),
      last: field(SequenceText, "The id of the last."),
    }),
    "Where the exchange merges trades.",
  ),
  count: optionalField(Count, "How many trades it merges, where the exchange says so."),
})

export const KlineData = Schema.Struct({
  interval: field(Schema.Literals(klineIntervals), "Its length; `1m` is a minute, `1M` a month."),
  startTime: field(Milliseconds, "When it begins."),
  endTime: field(Milliseconds, "Its last millisecond: `startTime` + length − 1."),
  open: field(DecimalText, "The first price."),
  high: field(DecimalText, "The highest."),
  low: field(DecimalText, "The lowest."),
  close: field(DecimalText, "The last price so far."),
  volume: field(QuantityText, "Traded in the base asset."),
  quoteVolume: optionalField(QuantityText, "Traded in the quote asset."),
  trades: optionalField(Count, "How many trades."),
  closed: field(Schema.Boolean, "Whether it is final. An open one comes again with every change."),
})

export const TickerData = Schema.Struct({
  last: field(DecimalText, "The last price."),
  open: optionalField(DecimalText, "The price a window (usually 24 hours) ago; not every exchange tells it."),
  high: optionalField(DecimalText, "The highest of the window, where there was a trade."),
  low: optionalField(DecimalText, "The lowest of the window, where there was a trade."),
  volume: field(QuantityText, "Traded in the window, in the base asset."),
  quoteVolume: optionalField(QuantityText, "The same in the quote asset."),
  change: optionalField(DecimalText, "`last` − `open`, as the exchange says it."),
  changePercent: optionalField(DecimalText, "The same in percent."),
  bid: optionalField(DecimalText, "The best bid."),
  bidQuantity: optionalField(QuantityText, "What is bid there."),
  ask: optionalField(DecimalText, "The best ask."),
  askQuantity: optionalField(QuantityText, "What is asked there."),
  openTime: optionalField(Milliseconds, "When the window begins."),
  closeTime: optionalField(Milliseconds, "When it ends."),
})

export const BboData = Schema.Struct({
  bid: field(DecimalText, "The best bid."),
  bidQuantity: field(QuantityText, "What is bid there."),
  ask: field(DecimalText, "The best ask."),
  askQuantity: field(QuantityText, "What is asked there."),
  sequence: optionalField(SequenceText, "The book's sequence. It jumps: it is an id, not a chain."),
})

const bids = field(Levels, "Price and quantity, highest price first.")
const asks = field(Levels, "Price and quantity, lowest price first.")

export const DepthSnapshotData = Schema.Struct({
  kind: field(Schema.Literal("snapshot"), "A whole book, or its best levels: replaces what was known."),
  bids,
  asks,
  sequence: field(
    Schema.Struct({ last: field(SequenceText, "Everything up to it is in the snapshot.") }),
    "Its place among the deltas.",
  ),
  depth: optionalField(Count, "The levels asked for; absent of a whole book."),
})

export const DepthDeltaData = Schema.Struct({
  kind: field(Schema.Literal("delta"), "Levels that changed; a quantity of zero removes its level."),
  bids,
  asks,
  sequence: field(
    Schema.Struct({
      first: field(SequenceText, "The first change that it holds."),
      last: field(SequenceText, "The last."),
      previous: optionalField(SequenceText, "`last` of the delta before it, where the exchange says so."),
    }),
    "Its place in the chain.",
  ),
})

export const DepthData = Schema.Union([DepthSnapshotData, DepthDeltaData]).annotate({
  expected: "an object whose `kind` is snapshot or delta",
})

export const FundingData = Schema.Struct({
  rate: field(DecimalText, "The rate of the interval: `0.00010000` is 0.01 %."),
  nextFundingTime: optionalField(Milliseconds, "When it is paid next."),
  intervalHours: optionalField(Schema.Finite, "Hours between payments."),
  markPrice: optionalField(DecimalText, "The mark price."),
  indexPrice: optionalField(DecimalText, "The index price."),
  predictedRate: optionalField(DecimalText, "What the exchange expects of the next interval."),
  settled: optionalField(Schema.Literal(true), "There for a rate that was paid: history."),
})

export const OpenInterestData = Schema.Struct({
  amount: field(QuantityText, "What is open, in `unit`."),
  unit: field(Schema.Literals(["contracts", "base", "quote"]), "What `amount` counts."),
  value: optionalField(QuantityText, "The same in the quote asset."),
})

export const LiquidationData = Schema.Struct({
  price: field(DecimalText, "The order's price."),
  quantity: field(QuantityText, "The order's quantity."),
  side: field(Side, "The order's."),
  averagePrice: optionalField(DecimalText, "At which it was filled."),
  filledQuantity: optionalField(QuantityText, "How much was filled."),
  status: optionalField(NonEmptyText, "The order's, in the exchange's own word."),
  tradeTime: field(Milliseconds, "When it happened; `timestamp` is the message's."),
})

export const PriceData = Schema.Struct({ price: field(DecimalText, "The price.") })

export const LongShortRatioData = Schema.Struct({
  kind: field(
    Schema.Literals(["accounts", "top_accounts", "top_positions", "taker"]),
    "What is compared: accounts, accounts or positions of the top traders, or takers' volume.",
  ),
  period: field(NonEmptyText, "Over which it is taken: `5m`, `1h`, `1d`."),
  ratio: field(DecimalText, "Long to short."),
  long: optionalField(DecimalText, "The long part."),
  short: optionalField(DecimalText, "The short part."),
})

export const VolatilityIndexData = Schema.Struct({ value: field(DecimalText, "The index.") })

const GapStart = Schema.Struct({
  sequence: optionalField(SequenceText, "The first that is missing."),
  timestamp: optionalField(Milliseconds, "Of the last record before it."),
})

const GapEnd = Schema.Struct({
  sequence: optionalField(SequenceText, "The last that is missing."),
  timestamp: optionalField(Milliseconds, "Of the first record after it."),
})

export const GapData = Schema.Struct({
  channel: field(
    NonEmptyText,
    "The stream's word of `dataTypes`: `trade`, `aggTrade`, `kline_1m`, `depth`, …",
  ),
  cause: field(
    Schema.Literals(["disconnect", "sequence", "stall", "restart", "overflow", "rejected", "rotation"]),
    "Why it is missing.",
  ),
  from: field(GapStart, "Where it begins."),
  to: field(GapEnd, "Where it ends; `{}` while it is open."),
  missing: optionalField(Count, "How many records, where the exchange's ids tell."),
  repair: field(Schema.Literals(["none", "pending", "partial", "complete"]), "What came of filling it."),
  repairedBy: optionalField(
    Schema.Literals(["rest", "resync", "twin"]),
    "How: asked for again, a fresh snapshot, or another connection.",
  ),
})
