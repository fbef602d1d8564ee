import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Instrument } from "../../domain/Instrument.ts"
import type { LongShortRatioRecord } from "../../domain/RecordSchemas.ts"
import type { Stream } from "../../domain/Stream.ts"
import { errorText } from "../binance/Controls.ts"
import type { PollRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"

/** A kind of ratio: where it is asked for, and its fields. */
export interface RatioEndpoint {
  readonly kind: LongShortRatioRecord["data"]["kind"]
  readonly name: string
  readonly ratio: string
  readonly long?: string
  readonly short?: string
}

export interface PollEndpoints {
  readonly openInterest: string
  /** What open interest counts. */
  readonly unit: "base" | "contracts"
  /** How ratios name what they are of: `symbol=BTCUSDT`, `pair=BTCUSD`. */
  readonly of: (instrument: Instrument) => string
  readonly ratios: ReadonlyArray<RatioEndpoint>
}

const accounts = { ratio: "longShortRatio", long: "longAccount", short: "shortAccount" } as const

export const accountRatios: ReadonlyArray<RatioEndpoint> = [
  { kind: "accounts", name: "globalLongShortAccountRatio", ...accounts },
  { kind: "top_accounts", name: "topLongShortAccountRatio", ...accounts },
]

/** 1,000 requests in five minutes, apart from the weight of the others: a twelfth of what is ours in a minute. */
export const ratioWeight = 12
/** Rows of an answer; the venue keeps 30 days. */
export const maxRows = 500
const interestMillis = 60_000

const minutes: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 }
export const periodMillis = (period: string): number =>
  Number(period.slice(0, -1)) * minutes[period.at(-1)!]! * 60_000

const readRatio = (
  row: Fields,
  stream: Stream,
  receivedAt: number,
  { kind, long, ratio, short }: RatioEndpoint,
): Decoded | Reject => {
  const shape = {
    timestamp: Shape.time,
    [ratio]: Shape.decimal,
    ...(long === undefined ? {} : { [long]: Shape.decimal }),
    ...(short === undefined ? {} : { [short]: Shape.decimal }),
  }
  const problem = Shape.wrong("row", row, shape, stream)
  if (problem !== undefined) return problem
  return Records.longShortRatio(
    { stream, timestamp: timeOf(row["timestamp"])!, receivedAt },
    {
      kind,
      period: stream.dataType.period,
      ratio: row[ratio] as string,
      long: long === undefined ? undefined : (row[long] as string),
      short: short === undefined ? undefined : (row[short] as string),
    },
  )
}

const interestShape = { openInterest: Shape.decimal, time: Shape.time }

/** Open interest as it stands now, each minute, and ratios of long to short, of which 30 days can be had again. */
export const futuresPolls = ({ of, openInterest, ratios, unit }: PollEndpoints): PollRule => ({
  schedule: ({ dataType, instrument }) => {
    if (dataType.type === "open_interest")
      return {
        everyMillis: interestMillis,
        delayMillis: 0,
        keepsHistory: false,
        requests: () => [
          { path: `${openInterest}?symbol=${encodeURIComponent(instrument.native)}`, weight: 1 },
        ],
      }
    const everyMillis = periodMillis(dataType.period!)
    return {
      everyMillis,
      delayMillis: 15_000,
      keepsHistory: true,
      requests: (since, now) => {
        const missed = since === undefined ? 2 : Math.ceil((now - since) / everyMillis) + 1
        const limit = Math.max(2, Math.min(maxRows, missed))
        return ratios.map(({ name }) => ({
          path: `/futures/data/${name}?${of(instrument)}&period=${dataType.period}&limit=${limit}`,
          weight: ratioWeight,
        }))
      },
    }
  },
  decode: (body, stream, receivedAt, request) => {
    const answer = parseJson(body.toString("utf8"))
    const error = isFields(answer) ? errorText(answer) : undefined
    if (error !== undefined) return { reason: "bad_field", detail: `the venue refused: ${error}` }
    if (stream.dataType.type === "open_interest") {
      if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
      const problem = Shape.wrong("answer", answer, interestShape, stream)
      if (problem !== undefined) return problem
      const moment = { stream, timestamp: timeOf(answer["time"])!, receivedAt }
      const amount = answer["openInterest"] as string
      return [Records.openInterest(moment, { amount, unit, value: undefined })]
    }
    if (!Array.isArray(answer))
      return { reason: "bad_field", detail: mismatch("the answer", "a list", answer) }
    const records: Array<Decoded> = []
    for (const row of answer) {
      if (!isFields(row)) return { reason: "bad_field", detail: mismatch("row", "an object", row) }
      const read = readRatio(row, stream, receivedAt, ratios[request]!)
      if ("reason" in read) return read
      records.push(read)
    }
    return records.toSorted((left, right) => left.timestamp - right.timestamp)
  },
})

export const usdmAsked: PollEndpoints = {
  openInterest: "/fapi/v1/openInterest",
  unit: "base",
  of: ({ native }) => `symbol=${encodeURIComponent(native)}`,
  ratios: [
    ...accountRatios,
    { kind: "top_positions", name: "topLongShortPositionRatio", ...accounts },
    { kind: "taker", name: "takerlongshortRatio", ratio: "buySellRatio" },
  ],
}

export const usdmPolls = futuresPolls(usdmAsked)
