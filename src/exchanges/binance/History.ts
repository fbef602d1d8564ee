import { isPlainDecimal } from "../../domain/DecimalText.ts"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import { byTime, newestRows, present } from "../wire/History.ts"
import { byId } from "../wire/HistoryById.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { type BackfillRule, type DepthRule, type History, type HistoryRule, restSnapshots } from "../Venue.ts"
import { errorText } from "./Controls.ts"
import { spotDepth } from "./Depth.ts"
import { type HistoryEndpoints, spotBackfill, spotEndpoints } from "./Backfill.ts"
import { type Counting, volumesOf } from "./Records.ts"

export interface BinanceHistory {
  readonly endpoints: HistoryEndpoints
  readonly backfill: BackfillRule
  readonly depth: DepthRule
  readonly tickerWeight: number
  /** What only contracts have. */
  readonly more?: HistoryRule
}

/** The rows of an answer that is a list, or an object that is one row; or what the venue says instead. */
export const rowsOf = (body: Buffer): ReadonlyArray<unknown> | Reject => {
  const answer = parseJson(body.toString("utf8"))
  if (answer === undefined) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
  const error = isFields(answer) ? errorText(answer) : undefined
  if (error !== undefined) return { reason: "bad_field", detail: `the venue refused: ${error}` }
  return Array.isArray(answer) ? answer : [answer]
}

/** Each row's record, or the first that is none. */
export const readRows = (
  body: Buffer,
  read: (row: Fields) => Decoded | Reject,
): ReadonlyArray<Decoded> | Reject => {
  const rows = rowsOf(body)
  if ("reason" in rows) return rows
  const records: Array<Decoded> = []
  for (const row of rows) {
    if (!isFields(row)) return { reason: "bad_field", detail: mismatch("row", "an object", row) }
    const record = read(row)
    if ("reason" in record) return record
    records.push(record)
  }
  return records
}

const tickerShape = {
  lastPrice: Shape.decimal,
  openPrice: Shape.decimal,
  highPrice: Shape.decimal,
  lowPrice: Shape.decimal,
  volume: Shape.decimal,
  priceChange: Shape.signedDecimal,
  priceChangePercent: Shape.signedDecimal,
  bidPrice: Shape.optional(Shape.decimal),
  bidQty: Shape.optional(Shape.decimal),
  askPrice: Shape.optional(Shape.decimal),
  askQty: Shape.optional(Shape.decimal),
  openTime: Shape.time,
  closeTime: Shape.time,
}

/** The last 24 hours; spot alone tells the best prices. */
const readTicker =
  (stream: Stream, receivedAt: number, counting: Counting) =>
  (row: Fields): Decoded | Reject => {
    const quote = counting === "contracts" ? row["baseVolume"] : row["quoteVolume"]
    const problem = Shape.wrong("row", row, tickerShape, stream)
    if (problem !== undefined) return problem
    if (!isPlainDecimal(quote))
      return { reason: "bad_field", detail: mismatch("row.quoteVolume", "a plain decimal", quote), stream }
    const closeTime = timeOf(row["closeTime"])!
    const text = (name: string) => Shape.textIn(row, name)
    const { quoteVolume, volume } = volumesOf(counting, row["volume"], quote)
    return Records.ticker(
      { stream, timestamp: closeTime, receivedAt },
      {
        last: text("lastPrice"),
        open: text("openPrice"),
        high: text("highPrice"),
        low: text("lowPrice"),
        volume: volume as string,
        quoteVolume: quoteVolume as string | undefined,
        change: text("priceChange"),
        changePercent: text("priceChangePercent"),
        bid: text("bidPrice"),
        bidQuantity: text("bidQty"),
        ask: text("askPrice"),
        askQuantity: text("askQty"),
        openTime: timeOf(row["openTime"]),
        closeTime,
      },
    )
  }

/** Klines and aggregates as far back as the venue goes, trades too where they want no key; the book and the day as they are now. */
export const binanceHistory =
  ({ backfill, depth, endpoints, more, tickerWeight }: BinanceHistory): HistoryRule =>
  (stream, everyMillis): History | undefined => {
    const { dataType, instrument } = stream
    const { prefix, rows, weight } = endpoints
    const symbol = encodeURIComponent(instrument.native)
    const decode = (body: Buffer, receivedAt: number) => backfill.decode(body, stream, receivedAt)
    const at = (path: string, limit: number) => `${prefix}${path}?symbol=${symbol}&limit=${limit}`
    /** The first aggregate of a time on, as it is told: it says which trades it merges. */
    const find = (name: "a" | "f") => ({
      kind: "time" as const,
      path: (time: number) => `${at("aggTrades", 1)}&startTime=${time}`,
      weight: weight.aggregates,
      id: (body: Buffer) => {
        const found = rowsOf(body)
        if ("reason" in found) return found
        const [row] = found
        return isFields(row) ? naturalOf(row[name]) : undefined
      },
    })
    switch (dataType.type) {
      case "kline":
        return byTime({
          rows: 1000,
          weight: weight.klines,
          decode,
          path: (from, to, limit) =>
            `${at("klines", limit)}&interval=${dataType.interval}&startTime=${from}&endTime=${to}`,
        })
      case "trade":
        if (dataType.aggregate === true)
          return byId({
            rows: rows.aggregates,
            weight: weight.aggregates,
            decode,
            path: (id, limit) => `${at("aggTrades", limit)}&fromId=${id}`,
            find: find("a"),
          })
        if (endpoints.newest !== undefined) {
          const { rows: newest, weight: cost } = endpoints.newest
          return newestRows({ rows: newest, weight: cost, decode, path: (limit) => at("trades", limit) })
        }
        return byId({
          rows: rows.trades,
          weight: weight.trades,
          decode,
          path: (id, limit) => `${at("historicalTrades", limit)}&fromId=${id}`,
          find: find("f"),
        })
      case "ticker":
        return present({
          weight: tickerWeight,
          decode: (body, receivedAt) =>
            readRows(body, readTicker(stream, receivedAt, endpoints.counting ?? "assets")),
          path: () => `${prefix}ticker/24hr?symbol=${symbol}`,
        })
      case "depth": {
        const snapshots = restSnapshots(depth)
        if (snapshots === undefined || dataType.levels !== undefined) return undefined
        const request = snapshots.request(instrument)
        return present({
          weight: request.weight,
          decode: (body, receivedAt) => {
            const read = snapshots.decode(body, stream, receivedAt, request.levels)
            return "reason" in read ? read : [read]
          },
          path: () => request.path,
        })
      }
      default:
        return more?.(stream, everyMillis)
    }
  }

/** Spot. */
export const spotHistory = binanceHistory({
  endpoints: spotEndpoints,
  backfill: spotBackfill,
  depth: spotDepth,
  tickerWeight: 2,
})
