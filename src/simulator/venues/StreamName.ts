import { klineIntervals } from "../../domain/DataType.ts"
import type { StreamKind } from "./Protocol.ts"

/** What could be a stream name at all; anything else is refused as an invalid stream. */
export const isStreamName = (name: unknown): name is string =>
  typeof name === "string" && /^(![^\s]+|[^\s@!]+@[^\s]+)$/.test(name)

/** `btcusdt@depth@100ms` is `btcusdt` and `depth@100ms`. Upper case is a different, unknown symbol. */
export const splitStreamName = (name: string): { readonly symbol: string; readonly word: string } => {
  const at = name.indexOf("@")
  const symbol = name.slice(0, at)
  return { symbol: symbol === symbol.toLowerCase() ? symbol.toUpperCase() : "", word: name.slice(at + 1) }
}

export interface KindRules {
  /** Push periods of depth streams in milliseconds; the first is that of a name without one. */
  readonly depthMillis: ReadonlyArray<number>
  readonly partialDepth: ReadonlyArray<number>
  readonly intervals: ReadonlyArray<string>
}

/** The kinds that Binance's venues share. */
export const kindOf = (word: string, rules: KindRules): StreamKind | undefined => {
  if (word === "trade" || word === "aggTrade" || word === "bookTicker" || word === "ticker")
    return { type: word }
  if (word.startsWith("kline_")) {
    const interval = klineIntervals.find((each) => word === `kline_${each}` && rules.intervals.includes(each))
    return interval === undefined ? undefined : { type: "kline", interval }
  }
  const depth = /^depth(\d*)(?:@(\d+)ms)?$/.exec(word)
  if (depth === null) return undefined
  const everyMillis = depth[2] === undefined ? rules.depthMillis[0]! : Number(depth[2])
  if (!rules.depthMillis.includes(everyMillis)) return undefined
  if (depth[1] === "") return { type: "depth", everyMillis }
  const levels = Number(depth[1])
  return rules.partialDepth.includes(levels) ? { type: "depth", everyMillis, levels } : undefined
}

/** `btcusdt@depth@100ms`, whole. */
export const binanceStream = (
  name: string,
  rules: KindRules,
): { readonly native: string; readonly kind: StreamKind } | undefined => {
  const { symbol, word } = splitStreamName(name)
  const kind = kindOf(word, rules)
  return kind === undefined ? undefined : { native: symbol, kind }
}
