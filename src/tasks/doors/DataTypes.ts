import { type DataType, parseDataType, recordTypes } from "../../domain/DataType.ts"

/** A data type as a task keeps it. `params` hold what the caller's word said besides. */
export interface TaskDataType {
  readonly dataType: string
  readonly params: Readonly<Record<string, unknown>>
}

const ratio = (kind: string): TaskDataType => ({ dataType: "long_short_ratio", params: { kind } })
const plain = (dataType: string): TaskDataType => ({ dataType, params: {} })

/** Names that callers use for what has one name here, written without case, `_` and `-`. */
const aliases: ReadonlyMap<string, TaskDataType> = new Map([
  ["orderbook", plain("depth")],
  ["book", plain("depth")],
  ["trades", plain("trade")],
  ["aggtrade", plain("aggTrade")],
  ["aggtrades", plain("aggTrade")],
  ["klines", plain("kline")],
  ["candle", plain("kline")],
  ["candlestick", plain("kline")],
  ["ohlcv", plain("kline")],
  ["tickers", plain("ticker")],
  ["bookticker", plain("bbo")],
  ["fundingrate", plain("funding")],
  ["forceorder", plain("liquidation")],
  ["liquidations", plain("liquidation")],
  ["lsrtopposition", ratio("top_positions")],
  ["lsrtopaccount", ratio("top_accounts")],
  ["lsrallaccount", ratio("accounts")],
  ["lsr", plain("long_short_ratio")],
  ...recordTypes.map((type) => [type.replaceAll("_", ""), plain(type)] as const),
])

/** Every word that a task may be created with, for those who mistyped one. */
export const taskDataTypes: ReadonlyArray<string> = [
  ...recordTypes.filter((type) => type !== "gap"),
  "aggTrade",
  "orderbook",
  "funding_rate",
  "lsr_top_position",
  "lsr_top_account",
  "lsr_all_account",
]

/** How long a row is stands apart, where the frequency of most tasks says it; other words are types of their own. */
const ofWord = ({ interval, period, type, word }: DataType): TaskDataType => {
  const length = interval ?? period
  return length === undefined ? plain(word) : { dataType: type, params: { interval: length } }
}

/**
 * The meaning of a caller's word; `undefined` when it is none of ours. `orderbook` is `depth`, `funding_rate` is
 * `funding`, `kline_1m` a `kline` whose interval is given apart, `lsr_top_position` a `long_short_ratio` of that kind.
 */
export const taskDataType = (word: string): TaskDataType | undefined => {
  const parsed = parseDataType(word)
  if (parsed !== undefined) return parsed.type === "gap" ? undefined : ofWord(parsed)
  const named = aliases.get(word.toLowerCase().replace(/[_-]/g, ""))
  return named?.dataType === "gap" ? undefined : named
}

/**
 * Days of history that a task gets whose caller said nothing of them: what has a row each minute or hour, a month;
 * what has as many rows as the market makes, one day.
 */
export const usualHistoryDays = (dataType: string): number =>
  dataType === "trade" || dataType === "aggTrade" || dataType === "liquidation" ? 1 : 30
