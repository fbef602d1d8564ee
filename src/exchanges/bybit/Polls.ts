import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { PollRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { isFields, mismatch, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { categoryOf } from "./Names.ts"
import { ratioPeriodOf } from "./Topics.ts"

/** Rows of one answer at most. */
const maxRows = 500

const minutes: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 }

export const periodMillis = (period: string): number =>
  Number(period.slice(0, -1)) * minutes[period.at(-1)!]! * 60_000

const decimals = 8

/** A decimal as a whole number of so many decimals. */
const scaled = (text: string, places: number): bigint => {
  const [whole, fraction = ""] = text.split(".")
  return BigInt(whole! + fraction.padEnd(places, "0"))
}

/**
 * Longs to shorts, to eight decimals, cut off: Bybit sends the two shares alone, and they are in the record as they came.
 * `undefined` where nobody is short.
 */
export const ratioOf = (long: string, short: string): string | undefined => {
  const places = Math.max(...[long, short].map((text) => text.split(".")[1]?.length ?? 0))
  const divisor = scaled(short, places)
  if (divisor === 0n) return undefined
  // Absurd shares make no ratio either.
  if (long.length + short.length > 64) return undefined
  const digits = String((scaled(long, places) * 10n ** BigInt(decimals)) / divisor).padStart(
    decimals + 1,
    "0",
  )
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

const rowShape = { timestamp: Shape.time, buyRatio: Shape.decimal, sellRatio: Shape.decimal }

const readRow = (row: unknown, stream: Stream, receivedAt: number): Decoded | Reject => {
  if (!isFields(row))
    return { reason: "bad_field", detail: mismatch("list", "a list of objects", row), stream }
  const { native } = stream.instrument
  if (row["symbol"] !== native)
    return { reason: "symbol_mismatch", detail: mismatch("list.symbol", native, row["symbol"]), stream }
  const problem = Shape.wrong("list", row, rowShape, stream)
  if (problem !== undefined) return problem
  const long = row["buyRatio"] as string
  const short = row["sellRatio"] as string
  const ratio = ratioOf(long, short)
  if (ratio === undefined)
    return { reason: "bad_number", detail: mismatch("list.sellRatio", "more than 0", short), stream }
  return Records.longShortRatio(
    { stream, timestamp: timeOf(row["timestamp"])!, receivedAt },
    { kind: "accounts", period: stream.dataType.period!, ratio, long, short },
  )
}

/** The shares of accounts that are long and short, newest first on the wire. */
export const bybitPolls: PollRule = {
  schedule: ({ dataType, instrument }) => {
    const everyMillis = periodMillis(dataType.period!)
    const symbol = encodeURIComponent(instrument.native)
    const query = `category=${categoryOf(instrument)}&symbol=${symbol}&period=${ratioPeriodOf(dataType.period!)}`
    return {
      everyMillis,
      // How long it takes is not documented.
      delayMillis: 15_000,
      keepsHistory: true,
      requests: (since, now) => {
        const missed = since === undefined ? 2 : Math.ceil((now - since) / everyMillis) + 1
        const limit = Math.max(2, Math.min(maxRows, missed))
        return [{ path: `/v5/market/account-ratio?${query}&limit=${limit}`, weight: 1 }]
      },
    }
  },
  decode: (body, stream, receivedAt) => {
    const answer = parseJson(body.toString("utf8"))
    if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    const { result, retCode, retMsg } = answer
    if (retCode !== 0 || !isFields(result) || !Array.isArray(result["list"]))
      return {
        reason: "bad_field",
        detail: `the venue refused: ${String(retCode).slice(0, 20)}: ${String(retMsg).slice(0, 200)}`,
      }
    const records: Array<Decoded> = []
    for (const row of result["list"] as ReadonlyArray<unknown>) {
      const read = readRow(row, stream, receivedAt)
      if ("reason" in read) return read
      records.push(read)
    }
    return records.toSorted((left, right) => left.timestamp - right.timestamp)
  },
}
