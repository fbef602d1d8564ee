import { type DataType, parseDataType } from "../../domain/DataType.ts"

/** The kinds of stream that all venues offer; each has its own message and its own decoder. */
export const channels = ["trade", "aggTrade", "kline", "ticker", "bbo", "depth", "partialDepth"] as const

/** Those of the venues of contracts. One mark price message carries the index and the funding too. */
export type ContractChannel = "markPrice" | "forceOrder"
/** What no stream carries: it is asked for by REST. */
export type PolledChannel = "openInterest" | "longShortRatio"

export type Channel = (typeof channels)[number] | ContractChannel | PolledChannel

/** Each at its place: what is looked for with every message is found by that, and no names are compared. */
export const allChannels: ReadonlyArray<Channel> = [
  ...channels,
  "markPrice",
  "forceOrder",
  "openInterest",
  "longShortRatio",
]

export const isPolled = (channel: Channel): channel is PolledChannel =>
  channel === "openInterest" || channel === "longShortRatio"

/** Levels a side that a partial book stream may have. */
export const partialLevels: ReadonlyArray<number> = [5, 10, 20]

/** The channel that carries a data type, or `undefined` when none does. */
export const channelOf = (dataType: DataType): Channel | undefined => {
  switch (dataType.type) {
    case "trade":
      return dataType.aggregate === true ? "aggTrade" : "trade"
    case "kline":
      return "kline"
    case "ticker":
      return "ticker"
    case "bbo":
      return "bbo"
    case "depth":
      if (dataType.levels === undefined) return "depth"
      return partialLevels.includes(dataType.levels) ? "partialDepth" : undefined
    case "mark_price":
    case "index_price":
    case "funding":
      return "markPrice"
    case "liquidation":
      return "forceOrder"
    case "open_interest":
      return "openInterest"
    case "long_short_ratio":
      return "longShortRatio"
    default:
      return undefined
  }
}

/**
 * What follows the symbol's `@`. Books are asked for at 100 ms, the fastest that all venues document. What shares a stream
 * with another word is marked with its own: `markPrice@1s#funding`.
 */
export const suffixOf = (channel: Channel, dataType: DataType): string => {
  switch (channel) {
    case "trade":
    case "aggTrade":
    case "ticker":
      return channel
    case "kline":
      return `kline_${dataType.interval}`
    case "bbo":
      return "bookTicker"
    case "depth":
      return "depth@100ms"
    case "partialDepth":
      return `depth${dataType.levels}@100ms`
    case "markPrice":
      return dataType.type === "mark_price" ? "markPrice@1s" : `markPrice@1s#${dataType.word}`
    case "forceOrder":
    case "openInterest":
      return channel
    case "longShortRatio":
      return `longShortRatio_${dataType.period}`
  }
}

const markPrice = /^markPrice(?:@1s)?(?:#(funding|index_price))?$/
const speed = /^(depth\d*)@\d{1,5}ms$/

/**
 * The data type of a suffix as it comes on the wire, at any update speed (`depth`, `depth@100ms` and `depth@0ms` are
 * the same stream to us), or `undefined` for what we do not read.
 */
export const dataTypeOfSuffix = (suffix: string): DataType | undefined => {
  if (suffix === "bookTicker") return parseDataType("bbo")
  if (suffix === "forceOrder") return parseDataType("liquidation")
  if (suffix === "openInterest") return parseDataType("open_interest")
  const ratio = /^longShortRatio_(\d+[mhd])$/.exec(suffix)
  if (ratio !== null) return parseDataType(`long_short_ratio_${ratio[1]}`)
  const marked = markPrice.exec(suffix)
  if (marked !== null) return parseDataType(marked[1] ?? "mark_price")
  const dataType = parseDataType(speed.exec(suffix)?.[1] ?? suffix)
  const channel = dataType === undefined ? undefined : channelOf(dataType)
  return channel === undefined ||
    channel === "bbo" ||
    channel === "markPrice" ||
    channel === "forceOrder" ||
    isPolled(channel)
    ? undefined
    : dataType
}

/** The stream of the venue that carries a stream of ours. */
export const carrierOf = (wire: string): string => {
  const mark = wire.indexOf("#")
  return mark < 0 ? wire : wire.slice(0, mark)
}
