import type { DataType } from "../../domain/DataType.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Progress, ProgressRule } from "../Venue.ts"
import { type Fields, isFields, isNatural } from "./Fields.ts"

/** One smallest question: where it is asked, what it weighs, and what its answer says. */
interface Question {
  readonly path: string
  readonly query?: string
  readonly weight: number
  readonly read: (answer: unknown) => Progress | undefined
}

export interface ProgressEndpoints {
  readonly prefix: string
  /** `undefined` where nothing shows the stream's progress. */
  readonly question: (dataType: DataType) => Question | undefined
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The row of an answer that lists the newest one; none where nothing has been traded yet. */
const rowOf = (answer: unknown): Fields | "none" | undefined => {
  if (!Array.isArray(answer)) return undefined
  if (answer.length === 0) return "none"
  const row: unknown = answer.at(-1)
  return isFields(row) ? row : undefined
}

/** An id in a field of the newest row. */
export const newestId =
  (field: string) =>
  (answer: unknown): Progress | undefined => {
    const row = rowOf(answer)
    if (row === "none") return { mark: "" }
    const id = row?.[field]
    return isNatural(id) ? { mark: String(id), sequence: id } : undefined
  }

/** An open kline moves with its trades; one without any is pushed by nobody. */
const newestKline = (answer: unknown): Progress | undefined => {
  if (!Array.isArray(answer)) return undefined
  const row: unknown = answer.at(-1)
  if (row === undefined) return { mark: "" }
  if (!Array.isArray(row)) return undefined
  const [startTime, trades]: ReadonlyArray<unknown> = [row[0], row[8]]
  if (!isNatural(startTime) || !isNatural(trades)) return undefined
  return { mark: trades === 0 ? "" : `${startTime}:${trades}` }
}

/** Each update of a book has its id. */
const bookUpdate = (answer: unknown): Progress | undefined => {
  const id = isFields(answer) ? answer["lastUpdateId"] : undefined
  return isNatural(id) ? { mark: String(id), sequence: id } : undefined
}

/** The first levels alone: what lies behind them changes without being told. */
const firstLevels =
  (levels: number) =>
  (answer: unknown): Progress | undefined => {
    if (!isFields(answer)) return undefined
    const { bids, asks } = answer
    if (!Array.isArray(bids) || !Array.isArray(asks)) return undefined
    return { mark: JSON.stringify([bids.slice(0, levels), asks.slice(0, levels)]) }
  }

/** A ticker changes with each trade. COIN-M lists the one that was asked for. */
const lastTrade = (answer: unknown): Progress | undefined => {
  const row: unknown = Array.isArray(answer) ? answer[0] : answer
  const id = isFields(row) ? row["lastId"] : undefined
  return typeof id === "number" ? { mark: id < 0 ? "" : String(id) } : undefined
}

/** What Binance's venues share; trades and aggregates differ. */
export const commonQuestion = (
  { type, interval, levels }: DataType,
  weight: { readonly kline: number; readonly depth: number; readonly ticker: number },
): Question | undefined => {
  switch (type) {
    case "kline":
      return { path: "klines", query: `&interval=${interval}`, weight: weight.kline, read: newestKline }
    case "ticker":
      return { path: "ticker/24hr", weight: weight.ticker, read: lastTrade }
    case "bbo":
      return { path: "depth", weight: weight.depth, read: firstLevels(1) }
    case "depth": {
      const read = levels === undefined ? bookUpdate : firstLevels(levels)
      return { path: "depth", weight: weight.depth, read }
    }
    default:
      return undefined
  }
}

/** A book is asked for as many levels as the stream has, the least there are being five; of a list, the newest row. */
const limitOf = ({ path }: Question, { dataType }: Stream): string => {
  if (path === "ticker/24hr") return ""
  return `&limit=${path === "depth" ? (dataType.levels ?? 5) : 1}`
}

export const makeProgress = ({ prefix, question }: ProgressEndpoints): ProgressRule => ({
  request: (stream) => {
    const asked = question(stream.dataType)
    if (asked === undefined) return undefined
    const { path, query = "", weight } = asked
    const symbol = encodeURIComponent(stream.instrument.native)
    return { path: `${prefix}${path}?symbol=${symbol}${query}${limitOf(asked, stream)}`, weight }
  },
  read: (body, stream) => question(stream.dataType)?.read(parse(body.toString("utf8"))),
})

/** Spot's aggregates name the last trade that they hold, for a sixth of the weight of asking for trades. */
export const spotProgress = makeProgress({
  prefix: "/api/v3/",
  question: (dataType) =>
    dataType.type === "trade"
      ? { path: "aggTrades", weight: 4, read: newestId(dataType.aggregate === true ? "a" : "l") }
      : commonQuestion(dataType, { kline: 2, depth: 5, ticker: 2 }),
})
