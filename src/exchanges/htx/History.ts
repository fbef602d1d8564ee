import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { History, HistoryRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { aTime, type Fields, isEventTime, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import { newestRows, present } from "../wire/History.ts"
import { eachFields, only } from "../wire/HistoryRows.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { htxBackfill } from "./Backfill.ts"
import { periods } from "./Channels.ts"
import { endOf, klineShape, sidesOf } from "./Shared.ts"

/** Rows of one answer at most, of klines as of trades; it is always the newest. */
export const maxRows = 2000

/** What an answer holds besides its status, or what HTX says instead; spot writes `err-code`, swaps `err_code`. */
export const answerOf = (body: Buffer): Fields | Reject => {
  const answer = parseExact(body.toString("utf8"))
  if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
  if (answer["status"] === "ok") return answer
  const said = `${String(answer["err-code"] ?? answer["err_code"])}: ${String(answer["err-msg"] ?? answer["err_msg"])}`
  return { reason: "bad_field", detail: `the venue refused: ${said.slice(0, 200)}` }
}

export const isRefused = (answer: Fields | Reject): answer is Reject =>
  "reason" in answer && !("status" in answer)

/** A row of history: whether it is over is for the one who asks to judge, by its end. */
const klineRow = (
  row: Fields,
  stream: Stream,
  receivedAt: number,
  quote: "vol" | "trade_turnover",
): Decoded | Reject => {
  const problem = Shape.wrong("data", row, klineShape, stream)
  if (problem !== undefined) return problem
  const startTime = naturalOf(row["id"])! * 1000
  if (!isEventTime(startTime))
    return { reason: "bad_number", detail: mismatch("data.id", aTime, row["id"]), stream }
  const endTime = endOf(stream.dataType.interval!, startTime)
  return Records.kline(
    { stream, timestamp: endTime, receivedAt },
    {
      startTime,
      endTime,
      open: row["open"] as string,
      high: row["high"] as string,
      low: row["low"] as string,
      close: row["close"] as string,
      volume: row["amount"] as string,
      quoteVolume: Shape.textIn(row, quote),
      trades: naturalOf(row["count"]),
      closed: true,
    },
  )
}

/** The klines of an answer. */
export const klineRows = (
  body: Buffer,
  stream: Stream,
  receivedAt: number,
  quote: "vol" | "trade_turnover",
): ReadonlyArray<Decoded> | Reject => {
  const answer = answerOf(body)
  return isRefused(answer)
    ? answer
    : eachFields(answer["data"], (row) => klineRow(row, stream, receivedAt, quote))
}

/** What is now stands in `tick`, and its time beside it. */
export const tickOf = (body: Buffer): { readonly tick: Fields; readonly timestamp: number } | Reject => {
  const answer = answerOf(body)
  if (isRefused(answer)) return answer
  const { tick, ts } = answer
  const timestamp = timeOf(ts)
  if (!isFields(tick)) return { reason: "bad_field", detail: mismatch("tick", "an object", tick) }
  if (timestamp === undefined) return { reason: "bad_number", detail: mismatch("ts", aTime, ts) }
  return { tick, timestamp }
}

/** The best levels of the book as they are now: `number` names what counts its states. */
export const bookOf = (
  body: Buffer,
  stream: Stream,
  receivedAt: number,
  number: "version" | "mrid",
): ReadonlyArray<Decoded> | Reject => {
  const answer = tickOf(body)
  if ("reason" in answer) return answer
  const { tick, timestamp } = answer
  const problem = Shape.wrong("tick", tick, { [number]: Shape.natural }, stream)
  if (problem !== undefined) return problem
  const sides = sidesOf(tick, stream)
  return "reason" in sides
    ? sides
    : [Records.snapshot({ stream, timestamp, receivedAt }, sides, naturalOf(tick[number])!)]
}

const tickerShape = {
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  amount: Shape.decimal,
  vol: Shape.decimal,
}

const bestOf = (tick: Fields, side: "bid" | "ask"): ReadonlyArray<string | undefined> => {
  const level: unknown = tick[side]
  return Array.isArray(level) && level.every((value) => Shape.decimal.is(value))
    ? (level as Array<string>)
    : []
}

const readMerged = (body: Buffer, stream: Stream, receivedAt: number): ReadonlyArray<Decoded> | Reject => {
  const answer = tickOf(body)
  if ("reason" in answer) return answer
  const { tick, timestamp } = answer
  const problem = Shape.wrong("tick", tick, tickerShape, stream)
  if (problem !== undefined) return problem
  const [bid, bidQuantity] = bestOf(tick, "bid")
  const [ask, askQuantity] = bestOf(tick, "ask")
  return only(
    Records.ticker(
      { stream, timestamp, receivedAt },
      {
        last: tick["close"] as string,
        open: tick["open"] as string,
        high: tick["high"] as string,
        low: tick["low"] as string,
        volume: tick["amount"] as string,
        quoteVolume: tick["vol"] as string,
        change: undefined,
        changePercent: undefined,
        bid,
        bidQuantity,
        ask,
        askQuantity,
        openTime: undefined,
        closeTime: undefined,
      },
    ),
  )
}

/** The newest 2,000 klines and orders' fills; older ones HTX does not tell. The book and the day as they are now. */
export const htxHistory: HistoryRule = (stream): History | undefined => {
  const { dataType, instrument } = stream
  const symbol = encodeURIComponent(instrument.native)
  switch (dataType.type) {
    case "kline":
      return newestRows({
        rows: maxRows,
        weight: 1,
        decode: (body, receivedAt) => klineRows(body, stream, receivedAt, "vol"),
        path: (limit) =>
          `/market/history/kline?symbol=${symbol}&period=${periods[dataType.interval!]}&size=${limit}`,
      })
    case "trade":
      return newestRows({
        rows: maxRows,
        weight: 1,
        decode: (body, receivedAt) => htxBackfill.decode(body, stream, receivedAt),
        path: (limit) => `/market/history/trade?symbol=${symbol}&size=${limit}`,
      })
    case "ticker":
      return present({
        weight: 1,
        decode: (body, receivedAt) => readMerged(body, stream, receivedAt),
        path: () => `/market/detail/merged?symbol=${symbol}`,
      })
    case "depth":
      return dataType.levels === undefined || dataType.levels === 150
        ? present({
            weight: 1,
            decode: (body, receivedAt) => bookOf(body, stream, receivedAt, "version"),
            path: () => `/market/depth?symbol=${symbol}&type=step0`,
          })
        : undefined
    default:
      return undefined
  }
}
