import { type DataType, parseDataType } from "../../domain/DataType.ts"

/** The kinds of stream that both venues offer; each has its own message and its own decoder. */
export const channels = ["trade", "aggTrade", "kline", "ticker", "bbo", "depth", "partialDepth"] as const

export type Channel = (typeof channels)[number]

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
    default:
      return undefined
  }
}

/** What follows the symbol's `@`. Books are asked for at 100 ms, the fastest that both venues document. */
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
  }
}

const speed = /^(depth\d*)@\d{1,5}ms$/

/**
 * The data type of a suffix as it comes on the wire, at any update speed (`depth`, `depth@100ms` and `depth@0ms` are
 * the same stream to us), or `undefined` for what we do not read.
 */
export const dataTypeOfSuffix = (suffix: string): DataType | undefined => {
  if (suffix === "bookTicker") return parseDataType("bbo")
  const dataType = parseDataType(speed.exec(suffix)?.[1] ?? suffix)
  if (dataType === undefined || dataType.type === "bbo") return undefined
  return channelOf(dataType) === undefined ? undefined : dataType
}
