import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { periods } from "../htx/Channels.ts"
import { answerOf, bookOf, isRefused, klineRows, maxRows, tickOf } from "../htx/History.ts"
import type { History, HistoryRule } from "../Venue.ts"
import { type Fields, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import { byStretch, newestRows, present } from "../wire/History.ts"
import { byPage, inParts } from "../wire/HistoryPages.ts"
import { eachFields } from "../wire/HistoryRows.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { ratioPeriods } from "./Channels.ts"
import { isCoinSettled } from "./Names.ts"
import { apiOf, endpoints, htxSwapPolls, periodMillis } from "./Polls.ts"
import { readTicker, tradeOf } from "./Readers.ts"

/** Rows of one page of funding at most. */
const fundingRows = 50
/** Rows of open interest in the past, and of ratios: always the newest. */
const interestRows = 200
const ratioRows = 30

/** The periods of open interest in the past. */
const interestPeriods = ["1h", "4h", "12h", "1d"]
const interestWord = (period: string): string => ratioPeriods[period] ?? "12hour"

/** The trades of an answer, each match with its own. */
const readTrades = (body: Buffer, stream: Stream, receivedAt: number): ReadonlyArray<Decoded> | Reject => {
  const answer = answerOf(body)
  if (isRefused(answer)) return answer
  const { data } = answer
  if (!Array.isArray(data)) return { reason: "bad_field", detail: mismatch("data", "a list", data) }
  const trades = (data as ReadonlyArray<unknown>).flatMap((match) => {
    const own = isFields(match) ? match["data"] : undefined
    return Array.isArray(own) ? (own as ReadonlyArray<unknown>) : [undefined]
  })
  return eachFields(trades, (trade) =>
    tradeOf(trade, { stream, timestamp: timeOf(trade["ts"]) ?? 0, receivedAt }),
  )
}

const readDay = (body: Buffer, stream: Stream, receivedAt: number): ReadonlyArray<Decoded> | Reject => {
  const answer = tickOf(body)
  if ("reason" in answer) return answer
  return readTicker(answer.tick, { stream, timestamp: answer.timestamp, receivedAt })
}

const fundingShape = {
  funding_time: Shape.time,
  funding_rate: Shape.signedDecimal,
  realized_rate: Shape.optional(Shape.signedDecimal),
}

/** `realized_rate` is what was paid. */
const readFunding = (row: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const problem = Shape.wrong("data", row, fundingShape, stream)
  if (problem !== undefined) return problem
  return Records.funding(
    { stream, timestamp: timeOf(row["funding_time"])!, receivedAt },
    {
      rate: Shape.textIn(row, "realized_rate") ?? (row["funding_rate"] as string),
      nextFundingTime: undefined,
      intervalHours: undefined,
      markPrice: undefined,
      indexPrice: undefined,
      predictedRate: undefined,
      settled: true,
    },
  )
}

const interestShape = { ts: Shape.time, volume: Shape.decimal, value: Shape.optional(Shape.decimal) }

const readInterest = (row: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const problem = Shape.wrong("data.tick", row, interestShape, stream)
  if (problem !== undefined) return problem
  return Records.openInterest(
    { stream, timestamp: timeOf(row["ts"])!, receivedAt },
    {
      amount: row["volume"] as string,
      unit: "contracts",
      value: isCoinSettled(stream.instrument) ? undefined : Shape.textIn(row, "value"),
    },
  )
}

/** What stands in `data`: a page of it, with how many pages there are. */
const heldBy = (body: Buffer): Fields | Reject => {
  const answer = answerOf(body)
  if (isRefused(answer)) return answer
  const { data } = answer
  return isFields(data) ? data : { reason: "bad_field", detail: mismatch("data", "an object", data) }
}

const rowsOf = (
  body: Buffer,
  field: "data" | "tick",
  read: (row: Fields) => Decoded | Reject,
): ReadonlyArray<Decoded> | Reject => {
  const held = heldBy(body)
  return isRefused(held) || "reason" in held ? (held as Reject) : eachFields(held[field], read)
}

/** Klines of any time, funding that was paid; of trades and statistics the newest; the book and the day as they are now. */
export const htxSwapHistory: HistoryRule = (stream, everyMillis): History | undefined => {
  const { dataType, instrument } = stream
  const code = `contract_code=${encodeURIComponent(instrument.native)}`
  const market = `/${isCoinSettled(instrument) ? "swap-ex" : "linear-swap-ex"}/market`
  const api = apiOf(stream)
  switch (dataType.type) {
    case "kline":
      return byStretch({
        rows: maxRows,
        weight: 1,
        step: dataType.interval!,
        decode: (body, receivedAt) => klineRows(body, stream, receivedAt, "trade_turnover"),
        // In seconds, both included.
        path: (from, to) =>
          `${market}/history/kline?${code}&period=${periods[dataType.interval!]}&from=${Math.ceil(from / 1000)}&to=${Math.floor(to / 1000)}`,
      })
    case "trade":
      return newestRows({
        rows: maxRows,
        weight: 1,
        decode: (body, receivedAt) => readTrades(body, stream, receivedAt),
        path: (limit) => `${market}/history/trade?${code}&size=${limit}`,
      })
    case "ticker":
      return present({
        weight: 1,
        decode: (body, receivedAt) => readDay(body, stream, receivedAt),
        path: () => `${market}/detail/merged?${code}`,
      })
    case "depth":
      return dataType.levels === undefined || dataType.levels === 150
        ? present({
            weight: 1,
            decode: (body, receivedAt) => bookOf(body, stream, receivedAt, "mrid"),
            path: () => `${market}/depth?${code}&type=step0`,
          })
        : undefined
    case "funding":
      return byPage({
        rows: fundingRows,
        weight: 1,
        decode: (body, receivedAt) => rowsOf(body, "data", (row) => readFunding(row, stream, receivedAt)),
        pages: (body) => {
          const held = heldBy(body)
          return "reason" in held ? 1 : (naturalOf((held as Fields)["total_page"]) ?? 1)
        },
        path: (page, limit) =>
          `${api}/swap_historical_funding_rate?${code}&page_index=${page}&page_size=${limit}`,
      })
    case "open_interest": {
      const period = interestPeriods.find((word) => periodMillis(word) === everyMillis)
      if (period === undefined)
        return present({
          weight: 1,
          decode: (body, receivedAt) => htxSwapPolls.decode(body, stream, receivedAt, 0),
          path: () => `${api}/swap_open_interest?${code}`,
        })
      return newestRows({
        rows: interestRows,
        weight: 1,
        decode: (body, receivedAt) => rowsOf(body, "tick", (row) => readInterest(row, stream, receivedAt)),
        path: (limit) =>
          `${api}/swap_his_open_interest?${code}&period=${interestWord(period)}&size=${limit}&amount_type=1`,
      })
    }
    case "long_short_ratio":
      return inParts(
        new Map(
          endpoints.map(([kind, name], index) => [
            kind,
            newestRows({
              rows: ratioRows,
              weight: 1,
              decode: (body, receivedAt) => htxSwapPolls.decode(body, stream, receivedAt, index),
              path: () => `${api}/${name}?${code}&period=${ratioPeriods[dataType.period!]}`,
            }),
          ]),
        ),
      )
    default:
      return undefined
  }
}
