import { Effect } from "effect"
import {
  ContinuityHistory,
  type ContinuityQuery,
  type GapState,
  type HistoryLimits,
  type StreamCount,
  type StreamName,
} from "../../services/ContinuityHistory.ts"

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
/** A whole hour, and a whole day. */
export const noon = 20_000 * day

export const nameOf = (symbol: string, dataType = "trade", venue = "binance"): StreamName => ({
  key: `${venue}:${dataType}:${symbol}`,
  venue,
  symbol,
  dataType,
})

export const btc = nameOf("BTC-USDT")
export const eth = nameOf("ETH-USDT")

export const count = (
  stream: StreamName,
  minuteBegin: number,
  received: number,
  duplicates = 0,
): StreamCount => ({
  stream,
  minute: minuteBegin,
  received,
  duplicates,
})

export const gapOf = (
  stream: StreamName,
  first: number,
  from: number,
  change: Partial<GapState> = {},
): GapState => ({
  stream,
  id: `binance:${stream.symbol}:gap:${stream.dataType}:${first}`,
  revision: 1,
  at: from + 0.25,
  cause: "sequence",
  from: { sequence: first, timestamp: from },
  to: { sequence: first + 9, timestamp: from + 1000 },
  missing: 10,
  left: 10,
  repaired: 0,
  repair: "pending",
  ...change,
})

let number = 0

export const nextNumber = (): number => ++number

/** Writes the next batch. */
export const write = (counts: ReadonlyArray<StreamCount>, gaps: ReadonlyArray<GapState> = []) =>
  Effect.flatMap(ContinuityHistory, (history) => history.write({ number: nextNumber(), counts, gaps }))

export const read = (from: number, to: number, query: Partial<ContinuityQuery> = {}) =>
  Effect.flatMap(ContinuityHistory, (history) => history.read({ from, to, limit: 100, ...query }))

/** One stream of a window. */
export const one = (stream: StreamName, from: number, to: number) =>
  Effect.map(read(from, to), ({ streams }) => {
    const found = streams.find(({ key }) => key === stream.key)
    if (found === undefined) throw new Error(`${stream.key} is not there`)
    return found
  })

export const limits: HistoryLimits = { retentionMillis: 30 * day, maxBytes: 1 << 30 }
