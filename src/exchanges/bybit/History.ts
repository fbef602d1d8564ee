import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { History, HistoryRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, timeOf } from "../wire/Fields.ts"
import { byStretch, newestRows, present } from "../wire/History.ts"
import { inParts } from "../wire/HistoryPages.ts"
import { eachFields, only } from "../wire/HistoryRows.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { bybitBackfill } from "./Backfill.ts"
import { categoryOf } from "./Names.ts"
import { bybitPolls, periodMillis } from "./Polls.ts"
import { isInverse, readBook } from "./Readers.ts"
import { makeTickers } from "./Tickers.ts"
import { intervalName, ratioPeriodOf } from "./Topics.ts"

/** Rows of one answer at most, as documented of each endpoint. */
const maxRows = { klines: 1000, ratios: 500, funding: 200, interest: 200, book: 200 }
/** The newest trades that are told: of spot fewer. */
const newestOf = (category: string): number => (category === "spot" ? 60 : 1000)
/** Funding is paid each hour at the most. */
const fundingStep = 3_600_000

/** The periods of open interest in the past. */
const periods = ["5m", "15m", "30m", "1h", "4h", "1d"]

interface Answer {
  readonly result: Fields
  readonly time: number
}

const answerOf = (body: Buffer): Answer | Reject => {
  const answer = parseJson(body.toString("utf8"))
  if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
  const { result, retCode, retMsg, time } = answer
  if (retCode !== 0 || !isFields(result))
    return {
      reason: "bad_field",
      detail: `the venue refused: ${String(retCode).slice(0, 20)}: ${String(retMsg).slice(0, 200)}`,
    }
  return { result, time: timeOf(time) ?? 0 }
}

const eachOfList = (
  body: Buffer,
  read: (row: Fields, time: number) => Decoded | Reject | undefined,
): ReadonlyArray<Decoded> | Reject => {
  const answer = answerOf(body)
  if ("reason" in answer) return answer
  return eachFields(answer.result["list"], (row) => read(row, answer.time))
}

const otherSymbol = (row: Fields, { instrument }: Stream): Reject | undefined =>
  row["symbol"] === instrument.native
    ? undefined
    : { reason: "symbol_mismatch", detail: mismatch("list.symbol", instrument.native, row["symbol"]) }

const tradeShape = {
  execId: Shape.text,
  price: Shape.decimal,
  size: Shape.decimal,
  side: Shape.oneOf("Buy", "Sell"),
  time: Shape.time,
}

/** `side` is the taker's, as in the stream. */
const readTrade = (row: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const problem = otherSymbol(row, stream) ?? Shape.wrong("list", row, tradeShape, stream)
  if (problem !== undefined) return problem
  const timestamp = timeOf(row["time"])!
  return Records.trade(
    { stream, timestamp, receivedAt },
    {
      price: row["price"] as string,
      quantity: row["size"] as string,
      side: row["side"] === "Buy" ? "buy" : "sell",
      tradeId: row["execId"] as string,
      tradeTime: timestamp,
      aggregate: undefined,
      count: undefined,
    },
  )
}

const fundingShape = { fundingRate: Shape.signedDecimal, fundingRateTimestamp: Shape.time }

const readFunding = (row: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const problem = otherSymbol(row, stream) ?? Shape.wrong("list", row, fundingShape, stream)
  if (problem !== undefined) return problem
  return Records.funding(
    { stream, timestamp: timeOf(row["fundingRateTimestamp"])!, receivedAt },
    {
      rate: row["fundingRate"] as string,
      nextFundingTime: undefined,
      intervalHours: undefined,
      markPrice: undefined,
      indexPrice: undefined,
      predictedRate: undefined,
      settled: true,
    },
  )
}

const interestShape = { openInterest: Shape.decimal, timestamp: Shape.time }

const readInterest = (row: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const problem = Shape.wrong("list", row, interestShape, stream)
  if (problem !== undefined) return problem
  return Records.openInterest(
    { stream, timestamp: timeOf(row["timestamp"])!, receivedAt },
    {
      amount: row["openInterest"] as string,
      unit: isInverse(stream) ? "contracts" : "base",
      value: undefined,
    },
  )
}

/** A row of the tickers is what a stream of them begins with. */
const readTicker = (row: Fields, stream: Stream, time: number, receivedAt: number) => {
  const read = makeTickers().read("", [stream], { type: "snapshot", ts: time, data: row }, receivedAt)
  return "reason" in read ? read : read[0]
}

const readSnapshot = (body: Buffer, stream: Stream, receivedAt: number): ReadonlyArray<Decoded> | Reject => {
  const answer = answerOf(body)
  if ("reason" in answer) return answer
  return only(
    readBook(answer.result, stream, receivedAt, { type: "snapshot", ts: answer.result["ts"] ?? answer.time }),
  )
}

/** Klines, funding and statistics of any time; of trades the newest; the book and the ticker as they are now. */
export const bybitHistory: HistoryRule = (stream, everyMillis): History | undefined => {
  const { dataType, instrument } = stream
  const category = categoryOf(instrument)
  const of = `category=${category}&symbol=${encodeURIComponent(instrument.native)}`
  const ticker = present({
    weight: 1,
    decode: (body, receivedAt) => eachOfList(body, (row, time) => readTicker(row, stream, time, receivedAt)),
    path: () => `/v5/market/tickers?${of}`,
  })
  switch (dataType.type) {
    case "kline":
      return byStretch({
        rows: maxRows.klines,
        weight: 1,
        step: dataType.interval!,
        decode: (body, receivedAt) => bybitBackfill.decode(body, stream, receivedAt),
        path: (from, to, limit) =>
          `/v5/market/kline?${of}&interval=${intervalName(dataType.interval!)}&start=${from}&end=${to}&limit=${limit}`,
      })
    case "trade":
      return newestRows({
        rows: newestOf(category),
        weight: 1,
        decode: (body, receivedAt) => eachOfList(body, (row) => readTrade(row, stream, receivedAt)),
        path: (limit) => `/v5/market/recent-trade?${of}&limit=${limit}`,
      })
    case "ticker":
      return ticker
    case "depth":
      return present({
        rows: maxRows.book,
        weight: 1,
        decode: (body, receivedAt) => readSnapshot(body, stream, receivedAt),
        path: (limit) => `/v5/market/orderbook?${of}&limit=${limit}`,
      })
    case "funding":
      return byStretch({
        rows: maxRows.funding,
        weight: 1,
        step: fundingStep,
        decode: (body, receivedAt) => eachOfList(body, (row) => readFunding(row, stream, receivedAt)),
        path: (from, to, limit) =>
          `/v5/market/funding/history?${of}&startTime=${from}&endTime=${to}&limit=${limit}`,
      })
    case "open_interest": {
      const period = periods.find((word) => periodMillis(word) === everyMillis)
      if (period === undefined) return ticker
      return byStretch({
        rows: maxRows.interest,
        weight: 1,
        step: everyMillis,
        decode: (body, receivedAt) => eachOfList(body, (row) => readInterest(row, stream, receivedAt)),
        path: (from, to, limit) =>
          `/v5/market/open-interest?${of}&intervalTime=${ratioPeriodOf(period)}&startTime=${from}&endTime=${to}&limit=${limit}`,
      })
    }
    case "long_short_ratio": {
      const ratio = byStretch({
        rows: maxRows.ratios,
        weight: 1,
        step: periodMillis(dataType.period!),
        decode: (body, receivedAt) => bybitPolls.decode(body, stream, receivedAt, 0),
        path: (from, to, limit) =>
          `/v5/market/account-ratio?${of}&period=${ratioPeriodOf(dataType.period!)}&startTime=${from}&endTime=${to}&limit=${limit}`,
      })
      return inParts(new Map([["accounts", ratio]]))
    }
    default:
      return undefined
  }
}
