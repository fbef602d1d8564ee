import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { History, HistoryRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import { byStretch, present } from "../wire/History.ts"
import { byId } from "../wire/HistoryById.ts"
import { eachFields } from "../wire/HistoryRows.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { deribitBackfill } from "./Backfill.ts"
import { resolutionOf } from "./Channels.ts"
import { readOpenInterest } from "./Derivatives.ts"
import { type Read, readBook, readTicker } from "./Readers.ts"
import * as Shapes from "./Shapes.ts"

const prefix = "/api/v2/public/"
/** Rows of one answer: of trades as documented; charts and funding gave more to others. */
const maxRows = { trades: 1000, charts: 1000, funding: 700 }
const hour = 3_600_000
/** Levels a side of a book. */
const bookLevels = 1000

const resultOf = (body: Buffer): { readonly result: unknown } | Reject => {
  const answer = parseExact(body.toString("utf8"))
  if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
  const { error, result } = answer
  return isFields(error)
    ? {
        reason: "bad_field",
        detail: `the venue refused: ${String(error["code"])}: ${String(error["message"]).slice(0, 200)}`,
      }
    : { result }
}

/** Lists of equal length, one a field. */
const readCharts = (body: Buffer, stream: Stream, receivedAt: number): ReadonlyArray<Decoded> | Reject => {
  const answer = resultOf(body)
  if ("reason" in answer) return answer
  const { result } = answer
  if (!isFields(result) || !Array.isArray(result["ticks"]))
    return {
      reason: "bad_field",
      detail: mismatch("result.ticks", "a list", isFields(result) ? result["ticks"] : result),
    }
  const at = (name: string, index: number): unknown =>
    (result[name] as ReadonlyArray<unknown> | undefined)?.[index]
  const rows = (result["ticks"] as ReadonlyArray<unknown>).map((tick, index) => ({
    tick,
    open: at("open", index),
    high: at("high", index),
    low: at("low", index),
    close: at("close", index),
    volume: at("volume", index),
    cost: at("cost", index),
  }))
  return eachFields(rows, (row) => {
    const problem = Shape.wrong("result", row, Shapes.chartShape, stream)
    if (problem !== undefined) return problem
    const startTime = timeOf(row["tick"])!
    const endTime = nextOpenTime(stream.dataType.interval!, startTime) - 1
    return Records.kline(
      { stream, timestamp: endTime, receivedAt },
      {
        startTime,
        endTime,
        open: row["open"] as string,
        high: row["high"] as string,
        low: row["low"] as string,
        close: row["close"] as string,
        volume: row["volume"] as string,
        quoteVolume: Shape.textIn(row, "cost"),
        trades: undefined,
        closed: true,
      },
    )
  })
}

const fundingShape = { timestamp: Shape.time, interest_1h: Shape.signedDecimal, index_price: Shape.decimal }

/** What an hour paid. */
const readPaid = (row: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const problem = Shape.wrong("result", row, fundingShape, stream)
  if (problem !== undefined) return problem
  return Records.funding(
    { stream, timestamp: timeOf(row["timestamp"])!, receivedAt },
    {
      rate: row["interest_1h"] as string,
      nextFundingTime: undefined,
      intervalHours: 1,
      markPrice: undefined,
      indexPrice: row["index_price"] as string,
      predictedRate: undefined,
      settled: true,
    },
  )
}

/** What is now, as the channel of it would say it. */
const readNow = (
  body: Buffer,
  stream: Stream,
  receivedAt: number,
  read: Read,
  more: Fields = {},
): ReadonlyArray<Decoded> | Reject => {
  const answer = resultOf(body)
  if ("reason" in answer) return answer
  if (!isFields(answer.result))
    return { reason: "bad_field", detail: mismatch("result", "an object", answer.result) }
  const made = read({ ...answer.result, ...more }, stream, receivedAt)
  if (made === undefined) return []
  return "reason" in made ? made : "key" in made ? [made] : made
}

/** Trades, charts and funding as far back as Deribit goes; the book, the ticker and the interest as they are now. */
export const deribitHistory: HistoryRule = (stream): History | undefined => {
  const { dataType, instrument } = stream
  const name = `instrument_name=${encodeURIComponent(instrument.native)}`
  const now = (read: Read) =>
    present({
      weight: 1,
      decode: (body, receivedAt) => readNow(body, stream, receivedAt, read),
      path: () => `${prefix}ticker?${name}`,
    })
  switch (dataType.type) {
    case "kline":
      return byStretch({
        rows: maxRows.charts,
        weight: 1,
        step: dataType.interval!,
        decode: (body, receivedAt) => readCharts(body, stream, receivedAt),
        path: (from, to) =>
          `${prefix}get_tradingview_chart_data?${name}&start_timestamp=${from}&end_timestamp=${to}&resolution=${resolutionOf(dataType.interval!)}`,
      })
    case "trade":
      return byId({
        rows: maxRows.trades,
        weight: 1,
        decode: (body, receivedAt) => deribitBackfill.decode(body, stream, receivedAt),
        path: (id, limit) =>
          `${prefix}get_last_trades_by_instrument?${name}&start_seq=${id}&end_seq=${id + limit - 1}&count=${limit}&sorting=asc`,
        find: {
          kind: "time",
          weight: 1,
          path: (time) =>
            `${prefix}get_last_trades_by_instrument_and_time?${name}&start_timestamp=${time}&end_timestamp=${time + hour}&count=1&sorting=asc`,
          id: (body) => {
            const answer = resultOf(body)
            if ("reason" in answer) return answer
            const trades = isFields(answer.result) ? answer.result["trades"] : undefined
            const first: unknown = Array.isArray(trades) ? trades[0] : undefined
            return isFields(first) ? naturalOf(first["trade_seq"]) : undefined
          },
        },
      })
    case "ticker":
      return now(readTicker)
    case "open_interest":
      return now(readOpenInterest)
    case "depth":
      return dataType.levels === undefined
        ? present({
            rows: bookLevels,
            weight: 1,
            decode: (body, receivedAt) => readNow(body, stream, receivedAt, readBook, { type: "snapshot" }),
            path: () => `${prefix}get_order_book?${name}&depth=${bookLevels}`,
          })
        : undefined
    case "funding":
      return byStretch({
        rows: maxRows.funding,
        weight: 1,
        step: hour,
        decode: (body, receivedAt) => {
          const answer = resultOf(body)
          return "reason" in answer
            ? answer
            : eachFields(answer.result, (row) => readPaid(row, stream, receivedAt))
        },
        path: (from, to) =>
          `${prefix}get_funding_rate_history?${name}&start_timestamp=${from}&end_timestamp=${to}`,
      })
    default:
      return undefined
  }
}
