/** Words of the configuration's `dataTypes`, and the kind of record each one makes. */
export const recordTypes = [
  "trade",
  "kline",
  "ticker",
  "bbo",
  "depth",
  "funding",
  "open_interest",
  "liquidation",
  "mark_price",
  "index_price",
  "long_short_ratio",
  "volatility_index",
  "gap",
] as const

export type RecordType = (typeof recordTypes)[number]

export const klineIntervals = [
  "1s",
  "1m",
  "3m",
  "5m",
  "15m",
  "30m",
  "1h",
  "2h",
  "4h",
  "6h",
  "8h",
  "12h",
  "1d",
  "3d",
  "1w",
  "1M",
] as const

export type KlineInterval = (typeof klineIntervals)[number]

/** A parsed word: `kline_1m` is a kline of interval `1m`, `depth20` a partial book of 20 levels, `aggTrade` a merged trade, `funding_settled` what was paid. */
export interface DataType {
  readonly word: string
  readonly type: RecordType
  readonly interval?: KlineInterval
  readonly levels?: number
  readonly period?: string
  readonly aggregate?: true
  /** Of funding: what was paid, not what is expected. */
  readonly settled?: true
}

const plain = new Set<string>(
  recordTypes.filter((type) => !["kline", "long_short_ratio", "gap"].includes(type)),
)

/** The meaning of a word, or `undefined` when it is none of ours. Kline intervals keep their case: `1m` is a minute, `1M` a month. */
export const parseDataType = (word: string): DataType | undefined => {
  if (plain.has(word)) return { word, type: word as RecordType }
  if (word === "funding_settled") return { word, type: "funding", settled: true }
  if (word === "aggTrade") return { word, type: "trade", aggregate: true }
  const interval = klineIntervals.find((each) => word === `kline_${each}`)
  if (interval !== undefined) return { word, type: "kline", interval }
  const levels = /^depth([1-9]\d{0,3})$/.exec(word)
  if (levels !== null) return { word, type: "depth", levels: Number(levels[1]) }
  const period = /^long_short_ratio_(\d+[mhd])$/.exec(word)
  if (period !== null) return { word, type: "long_short_ratio", period: period[1]! }
  return undefined
}
