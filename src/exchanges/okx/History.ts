import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { History, HistoryRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import { byStretch, present } from "../wire/History.ts"
import { byId } from "../wire/HistoryById.ts"
import { inParts } from "../wire/HistoryPages.ts"
import { eachFields, eachRow } from "../wire/HistoryRows.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { okxBackfill } from "./Backfill.ts"
import { barOf, ratioPeriodOf } from "./Channels.ts"
import { readOpenInterest } from "./Derivatives.ts"
import { instTypeOf } from "./Names.ts"
import { endpoints, okxPolls, periodMillis, weight as statisticsWeight } from "./Polls.ts"
import { readBook, readTicker } from "./Readers.ts"

/** Rows of one answer. */
const rows = 100
/** Funding is paid each hour at the most. */
const fundingStep = 3_600_000
/** Periods that statistics keep. */
const kept = 1440

/** The periods of open interest in the past. */
const periods = ["5m", "15m", "30m", "1h", "2h", "4h", "1d"]

/** The rows of an answer, or what OKX says instead. */
const dataOf = (body: Buffer): ReadonlyArray<unknown> | Reject => {
  const answer = parseJson(body.toString("utf8"))
  if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
  const { code, data, msg } = answer
  if (code !== "0" || !Array.isArray(data))
    return { reason: "bad_field", detail: `the venue refused: ${String(code)}: ${String(msg).slice(0, 200)}` }
  return data
}

const each = (
  body: Buffer,
  read: (row: Fields) => Decoded | Reject | undefined,
): ReadonlyArray<Decoded> | Reject => {
  const data = dataOf(body)
  return "reason" in data ? data : eachFields(data, read)
}

const fundingShape = {
  fundingTime: Shape.time,
  fundingRate: Shape.signedDecimal,
  realizedRate: Shape.optional(Shape.signedDecimal),
}

/** `realizedRate` is what was paid; `fundingRate` what was expected before. */
const readPaid = (row: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const problem = Shape.wrong("data", row, fundingShape, stream)
  if (problem !== undefined) return problem
  return Records.funding(
    { stream, timestamp: timeOf(row["fundingTime"])!, receivedAt },
    {
      rate: Shape.textIn(row, "realizedRate") ?? (row["fundingRate"] as string),
      nextFundingTime: undefined,
      intervalHours: undefined,
      markPrice: undefined,
      indexPrice: undefined,
      predictedRate: undefined,
      settled: true,
    },
  )
}

const interestShape = { ts: Shape.time, contracts: Shape.decimal }

/** `[time, contracts, base, dollars]` */
const readInterest = (row: unknown, stream: Stream, receivedAt: number): Decoded | Reject => {
  if (!Array.isArray(row))
    return { reason: "bad_field", detail: mismatch("data", "a list of values", row), stream }
  const [ts, contracts] = row as ReadonlyArray<unknown>
  const problem = Shape.wrong("data", { ts, contracts }, interestShape, stream)
  if (problem !== undefined) return problem
  return Records.openInterest(
    { stream, timestamp: timeOf(ts)!, receivedAt },
    { amount: contracts as string, unit: "contracts", value: undefined },
  )
}

/** Candles and fills as far back as OKX goes, funding that was paid, and statistics; the book and the day as they are now. */
export const okxHistory: HistoryRule = (stream, everyMillis): History | undefined => {
  const { dataType, instrument } = stream
  const id = encodeURIComponent(instrument.native)
  const decode = (body: Buffer, receivedAt: number) => okxBackfill.decode(body, stream, receivedAt)
  switch (dataType.type) {
    case "kline":
      return byStretch({
        rows,
        weight: 1,
        step: dataType.interval!,
        decode,
        // Both are left out.
        path: (from, to, limit) =>
          `/api/v5/market/history-candles?instId=${id}&bar=${barOf(dataType.interval!)}&after=${to + 1}&before=${from - 1}&limit=${limit}`,
      })
    case "trade":
      if (dataType.aggregate === true) return undefined
      return byId({
        rows,
        weight: 1,
        decode,
        path: (first, limit) =>
          `/api/v5/market/history-trades?instId=${id}&type=1&after=${first + limit}&limit=${limit}`,
        find: {
          kind: "time",
          weight: 1,
          // The last one before: the one after it is the first.
          path: (time) => `/api/v5/market/history-trades?instId=${id}&type=2&after=${time}&limit=1`,
          id: (body) => {
            const data = dataOf(body)
            if ("reason" in data) return data
            const [row] = data
            const found = isFields(row) ? naturalOf(row["tradeId"]) : undefined
            return found === undefined ? undefined : found + 1
          },
        },
      })
    case "ticker":
      return present({
        weight: 1,
        decode: (body, receivedAt) => each(body, (row) => readTicker(row, stream, receivedAt, {})),
        path: () => `/api/v5/market/ticker?instId=${id}`,
      })
    case "depth":
      if (dataType.levels !== undefined) return undefined
      return present({
        rows: 400,
        weight: 1,
        decode: (body, receivedAt) =>
          each(body, (row) => readBook(row, stream, receivedAt, { action: "snapshot" })),
        path: (limit) => `/api/v5/market/books?instId=${id}&sz=${limit}`,
      })
    case "funding":
      return byStretch({
        rows,
        weight: 2,
        step: fundingStep,
        decode: (body, receivedAt) => each(body, (row) => readPaid(row, stream, receivedAt)),
        path: (from, to, limit) =>
          `/api/v5/public/funding-rate-history?instId=${id}&after=${to + 1}&before=${from - 1}&limit=${limit}`,
      })
    case "open_interest": {
      const period = periods.find((word) => periodMillis(word) === everyMillis)
      if (period === undefined)
        return present({
          weight: 1,
          decode: (body, receivedAt) => each(body, (row) => readOpenInterest(row, stream, receivedAt, {})),
          path: () => `/api/v5/public/open-interest?instType=${instTypeOf(instrument)}&instId=${id}`,
        })
      return byStretch({
        rows,
        weight: statisticsWeight,
        keepsMillis: kept * everyMillis,
        step: everyMillis,
        decode: (body, receivedAt) => {
          const data = dataOf(body)
          return "reason" in data ? data : eachRow(data, (row) => readInterest(row, stream, receivedAt))
        },
        path: (from, to, limit) =>
          `/api/v5/rubik/stat/contracts/open-interest-history?instId=${id}&period=${ratioPeriodOf(period)}&begin=${from}&end=${to}&limit=${limit}`,
      })
    }
    case "long_short_ratio": {
      const step = periodMillis(dataType.period!)
      return inParts(
        new Map(
          endpoints.map(([kind, path], index) => [
            kind,
            byStretch({
              rows,
              weight: statisticsWeight,
              keepsMillis: kept * step,
              step,
              decode: (body, receivedAt) => okxPolls.decode(body, stream, receivedAt, index),
              path: (from, to, limit) =>
                `/api/v5/rubik/stat/contracts/${path}?instId=${id}&period=${ratioPeriodOf(dataType.period!)}&begin=${from}&end=${to}&limit=${limit}`,
            }),
          ]),
        ),
      )
    }
    default:
      return undefined
  }
}
