import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Instrument } from "../../domain/Instrument.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type BinanceHistory, binanceHistory, readRows } from "../binance/History.ts"
import type { HistoryRule, PollRule } from "../Venue.ts"
import { type Fields, timeOf } from "../wire/Fields.ts"
import { byStretch, byTime, present } from "../wire/History.ts"
import { inParts } from "../wire/HistoryPages.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { usdmBackfill, usdmEndpoints } from "./Backfill.ts"
import { usdmDepth } from "./Depth.ts"
import { maxRows, periodMillis, type PollEndpoints, ratioWeight, usdmAsked, usdmPolls } from "./Polls.ts"

export interface FuturesHistory extends Pick<BinanceHistory, "endpoints" | "backfill" | "depth"> {
  readonly polls: PollRule
  readonly asked: PollEndpoints
  /** How the open interest of the past names what it is of. */
  readonly interestOf: (instrument: Instrument) => string
}

/** Statistics are kept for 30 days; a minute less, so that the oldest row is still there when the request comes. */
const keepsMillis = 30 * 86_400_000 - 60_000

/** 500 requests in five minutes, apart from the weight of the others: a hundredth of what is ours in a minute. */
const fundingWeight = 24

/** The periods that statistics have. */
const periods = ["5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"]

const fundingShape = {
  fundingTime: Shape.time,
  fundingRate: Shape.signedDecimal,
  markPrice: Shape.optional(Shape.decimal),
}

const readFunding =
  (stream: Stream, receivedAt: number) =>
  (row: Fields): Decoded | Reject => {
    const problem = Shape.wrong("row", row, fundingShape, stream)
    if (problem !== undefined) return problem
    return Records.funding(
      { stream, timestamp: timeOf(row["fundingTime"])!, receivedAt },
      {
        rate: Shape.textIn(row, "fundingRate"),
        nextFundingTime: undefined,
        intervalHours: undefined,
        markPrice: Shape.textIn(row, "markPrice"),
        indexPrice: undefined,
        predictedRate: undefined,
        settled: true,
      },
    )
  }

const interestShape = {
  timestamp: Shape.time,
  sumOpenInterest: Shape.decimal,
  sumOpenInterestValue: Shape.decimal,
}

/** Of USD-M the value is in the quote; of COIN-M it is in the coin, and left out. */
const readInterest =
  (stream: Stream, receivedAt: number, unit: "base" | "contracts") =>
  (row: Fields): Decoded | Reject => {
    const problem = Shape.wrong("row", row, interestShape, stream)
    if (problem !== undefined) return problem
    return Records.openInterest(
      { stream, timestamp: timeOf(row["timestamp"])!, receivedAt },
      {
        amount: Shape.textIn(row, "sumOpenInterest"),
        unit,
        value: unit === "base" ? Shape.textIn(row, "sumOpenInterestValue") : undefined,
      },
    )
  }

/** What contracts have besides: the funding that was paid, open interest, and ratios of 30 days. */
export const futuresHistory = (history: FuturesHistory): HistoryRule => {
  const { asked, endpoints, polls } = history
  const more: HistoryRule = (stream, everyMillis) => {
    const { dataType, instrument } = stream
    const symbol = encodeURIComponent(instrument.native)
    switch (dataType.type) {
      case "funding":
        return byTime({
          rows: 1000,
          weight: fundingWeight,
          decode: (body, receivedAt) => readRows(body, readFunding(stream, receivedAt)),
          path: (from, to, limit) =>
            `${endpoints.prefix}fundingRate?symbol=${symbol}&startTime=${from}&endTime=${to}&limit=${limit}`,
        })
      case "open_interest": {
        const period = periods.find((each) => periodMillis(each) === everyMillis)
        if (period === undefined)
          return present({
            weight: 1,
            decode: (body, receivedAt) => polls.decode(body, stream, receivedAt, 0),
            path: () => `${asked.openInterest}?symbol=${symbol}`,
          })
        const of = history.interestOf(instrument)
        return byStretch({
          rows: maxRows,
          weight: ratioWeight,
          keepsMillis,
          step: everyMillis,
          decode: (body, receivedAt) => readRows(body, readInterest(stream, receivedAt, asked.unit)),
          path: (from, to, limit) =>
            `/futures/data/openInterestHist?${of}&period=${period}&startTime=${from}&endTime=${to}&limit=${limit}`,
        })
      }
      case "long_short_ratio": {
        const { period } = dataType
        return inParts(
          new Map(
            asked.ratios.map(({ kind, name }, index) => [
              kind,
              byStretch({
                rows: maxRows,
                weight: ratioWeight,
                keepsMillis,
                step: periodMillis(period!),
                decode: (body, receivedAt) => polls.decode(body, stream, receivedAt, index),
                path: (from, to, limit) =>
                  `/futures/data/${name}?${asked.of(instrument)}&period=${period}&startTime=${from}&endTime=${to}&limit=${limit}`,
              }),
            ]),
          ),
        )
      }
      default:
        return undefined
    }
  }
  return binanceHistory({ ...history, tickerWeight: 1, more })
}

export const usdmHistory = futuresHistory({
  endpoints: usdmEndpoints,
  backfill: usdmBackfill,
  depth: usdmDepth,
  polls: usdmPolls,
  asked: usdmAsked,
  interestOf: ({ native }) => `symbol=${encodeURIComponent(native)}`,
})
