import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { LongShortRatioRecord } from "../../domain/RecordSchemas.ts"
import type { Stream } from "../../domain/Stream.ts"
import { eachOf } from "../htx/Shared.ts"
import type { PollRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { ratioPeriods } from "./Channels.ts"
import { isCoinSettled } from "./Names.ts"

type Kind = LongShortRatioRecord["data"]["kind"]

/** Ratios of HTX's top traders: how many of them are long, and how much of their positions. */
export const endpoints: ReadonlyArray<readonly [kind: Kind, name: string]> = [
  ["top_accounts", "swap_elite_account_ratio"],
  ["top_positions", "swap_elite_position_ratio"],
]

const minutes: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 }

export const periodMillis = (period: string): number =>
  Number(period.slice(0, -1)) * minutes[period.at(-1)!]! * 60_000

export const apiOf = ({ instrument }: Stream): string =>
  isCoinSettled(instrument) ? "/swap-api/v1" : "/linear-swap-api/v1"

/** Decimals of a quotient. HTX gives shares alone. */
const quotientDecimals = 8

/** `long / short`, cut after eight decimals; `undefined` where nobody is short. */
export const ratioOf = (long: string, short: string): string | undefined => {
  const scale = (text: string): readonly [digits: bigint, decimals: number] => {
    const at = text.indexOf(".")
    return at < 0 ? [BigInt(text), 0] : [BigInt(text.replace(".", "")), text.length - at - 1]
  }
  const [above, aboveDecimals] = scale(long)
  const [below, belowDecimals] = scale(short)
  if (below === 0n) return undefined
  const shift = 10n ** BigInt(quotientDecimals + belowDecimals)
  const digits = String((above * shift) / (below * 10n ** BigInt(aboveDecimals)))
  const padded = digits.padStart(quotientDecimals + 1, "0")
  return `${padded.slice(0, -quotientDecimals)}.${padded.slice(-quotientDecimals)}`
}

const ratioShape = {
  ts: Shape.time,
  buy_ratio: Shape.optional(Shape.decimal),
  sell_ratio: Shape.optional(Shape.decimal),
}

const ratioRecord = (item: Fields, stream: Stream, receivedAt: number, kind: Kind) => {
  const problem = Shape.wrong("data.list", item, ratioShape, stream)
  if (problem !== undefined) return problem
  const long = Shape.textIn(item, "buy_ratio")
  const short = Shape.textIn(item, "sell_ratio")
  const ratio = long === undefined || short === undefined ? undefined : ratioOf(long, short)
  // A period that HTX knows nothing of has null.
  if (ratio === undefined) return undefined
  const moment = { stream, timestamp: timeOf(item["ts"])!, receivedAt }
  return Records.longShortRatio(moment, { kind, period: stream.dataType.period, ratio, long, short })
}

const interestShape = { volume: Shape.decimal, value: Shape.optional(Shape.decimal) }

/** `volume` counts contracts, `value` the quote currency of what is settled in it. */
const interestRecord = (item: Fields, stream: Stream, receivedAt: number, ts: unknown) => {
  const timestamp = timeOf(ts)
  const problem = Shape.wrong("data", item, interestShape, stream)
  if (problem !== undefined) return problem
  if (timestamp === undefined)
    return { reason: "bad_number", detail: mismatch("ts", "milliseconds", ts), stream } as const
  const value = isCoinSettled(stream.instrument) ? undefined : Shape.textIn(item, "value")
  const amount = item["volume"] as string
  return Records.openInterest({ stream, timestamp, receivedAt }, { amount, unit: "contracts", value })
}

/** Open interest once a minute, as it is then; ratios once a period, of which an answer holds the newest. */
export const htxSwapPolls: PollRule = {
  schedule: (stream) => {
    const { dataType, instrument } = stream
    const code = encodeURIComponent(instrument.native)
    if (dataType.period === undefined)
      return {
        everyMillis: 60_000,
        delayMillis: 0,
        keepsHistory: false,
        requests: () => [{ path: `${apiOf(stream)}/swap_open_interest?contract_code=${code}`, weight: 1 }],
      }
    const query = `contract_code=${code}&period=${ratioPeriods[dataType.period]}`
    return {
      everyMillis: periodMillis(dataType.period),
      delayMillis: 15_000,
      keepsHistory: true,
      requests: () => endpoints.map(([, name]) => ({ path: `${apiOf(stream)}/${name}?${query}`, weight: 1 })),
    }
  },
  decode: (body, stream, receivedAt, request): ReadonlyArray<Decoded> | Reject => {
    const answer = parseExact(body.toString("utf8"))
    if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    const { data, status, ts } = answer
    if (status !== "ok") {
      const said = `${String(answer["err_code"])}: ${String(answer["err_msg"])}`
      return { reason: "bad_field", detail: `the venue refused: ${said.slice(0, 200)}` }
    }
    if (stream.dataType.period === undefined)
      return eachOf("data", data, stream, (item) => interestRecord(item, stream, receivedAt, ts))
    const [kind] = endpoints[request]!
    const list = isFields(data) ? data["list"] : undefined
    const records = eachOf("data.list", list, stream, (item) => ratioRecord(item, stream, receivedAt, kind))
    return "reason" in records ? records : records.toSorted((left, right) => left.timestamp - right.timestamp)
  },
}
