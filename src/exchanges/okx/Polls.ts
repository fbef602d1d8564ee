import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { LongShortRatioRecord } from "../../domain/RecordSchemas.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { PollRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { isFields, mismatch, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { ratioPeriodOf } from "./Channels.ts"

type Kind = LongShortRatioRecord["data"]["kind"]

/** What each kind of ratio is asked of. The limit is five requests in two seconds for each; a fifth of our budget. */
export const endpoints: ReadonlyArray<readonly [kind: Kind, path: string]> = [
  ["accounts", "long-short-account-ratio-contract"],
  ["top_accounts", "long-short-account-ratio-contract-top-trader"],
  ["top_positions", "long-short-position-ratio-contract-top-trader"],
]
export const weight = 4
/** Rows of one answer at most. */
const maxRows = 100

const minutes: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 }

export const periodMillis = (period: string): number =>
  Number(period.slice(0, -1)) * minutes[period.at(-1)!]! * 60_000

const rowShape = { ts: Shape.time, ratio: Shape.decimal }

const readRow = (row: unknown, stream: Stream, receivedAt: number, kind: Kind): Decoded | Reject => {
  if (!Array.isArray(row))
    return { reason: "bad_field", detail: mismatch("data", "a list of [time, ratio]", row), stream }
  const [ts, ratio] = row as ReadonlyArray<unknown>
  const problem = Shape.wrong("data", { ts, ratio }, rowShape, stream)
  if (problem !== undefined) return problem
  const moment = { stream, timestamp: timeOf(ts)!, receivedAt }
  const { period } = stream.dataType
  return Records.longShortRatio(moment, {
    kind,
    period,
    ratio: ratio as string,
    long: undefined,
    short: undefined,
  })
}

/** Ratios of long to short, `[["1701417600000","1.1739"],…]`, newest first: by accounts, and of the top traders. */
export const okxPolls: PollRule = {
  schedule: ({ dataType, instrument }) => {
    const everyMillis = periodMillis(dataType.period!)
    const id = encodeURIComponent(instrument.native)
    return {
      everyMillis,
      delayMillis: 15_000,
      keepsHistory: true,
      requests: (since, now) => {
        // The two newest at first: the one that is not over yet changes.
        const missed = since === undefined ? 2 : Math.ceil((now - since) / everyMillis) + 1
        const limit = Math.max(2, Math.min(maxRows, missed))
        const query = `instId=${id}&period=${ratioPeriodOf(dataType.period!)}&limit=${limit}`
        return endpoints.map(([, path]) => ({
          path: `/api/v5/rubik/stat/contracts/${path}?${query}`,
          weight,
        }))
      },
    }
  },
  decode: (body, stream, receivedAt, request) => {
    const answer = parseJson(body.toString("utf8"))
    if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    const { code, data, msg } = answer
    if (code !== "0" || !Array.isArray(data))
      return {
        reason: "bad_field",
        detail: `the venue refused: ${String(code)}: ${String(msg).slice(0, 200)}`,
      }
    const [kind] = endpoints[request]!
    const records: Array<Decoded> = []
    for (const row of data) {
      const read = readRow(row, stream, receivedAt, kind)
      if ("reason" in read) return read
      records.push(read)
    }
    return records.toSorted((left, right) => left.timestamp - right.timestamp)
  },
}
