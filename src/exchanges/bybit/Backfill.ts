import type { Decoded } from "../../domain/Decoded.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { BackfillRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { isFields, mismatch, timeOf } from "../wire/Fields.ts"
import { klineOf } from "./Readers.ts"
import { intervalName } from "./Topics.ts"

/** Rows of one answer. */
const rows = 1000

/** The last open time of an answer that begins with `first`. */
const end = ({ dataType }: Stream, first: number, last: number): number => {
  let open = first
  for (let count = 1; count < rows && open < last; count++) open = nextOpenTime(dataType.interval!, open)
  return Math.min(last, open)
}

/**
 * Closed klines, newest first on the wire. Trades cannot be asked for by id, and only the newest are told. A row does not
 * say that it is closed: the answer's own time does.
 */
export const bybitBackfill: BackfillRule = {
  requests: (stream, first, last) => {
    const { dataType, instrument, route } = stream
    if (dataType.type !== "kline") return []
    const symbol = encodeURIComponent(instrument.native)
    const interval = intervalName(dataType.interval!)
    const path = `/v5/market/kline?category=${route}&symbol=${symbol}&interval=${interval}&start=${first}&end=${end(stream, first, last)}&limit=${rows}`
    return [{ path, weight: 1, fromFirst: true }]
  },
  decode: (body, stream, receivedAt) => {
    const answer = parseJson(body.toString("utf8"))
    if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    const { result, retCode, retMsg, time } = answer
    if (retCode !== 0 || !isFields(result) || !Array.isArray(result["list"]))
      return {
        reason: "bad_field",
        detail: `the venue refused: ${String(retCode).slice(0, 20)}: ${String(retMsg).slice(0, 200)}`,
      }
    const now = timeOf(time)
    if (now === undefined)
      return { reason: "bad_number", detail: mismatch("time", "milliseconds since the epoch", time) }
    const records: Array<Decoded> = []
    for (const row of result["list"] as ReadonlyArray<unknown>) {
      if (!Array.isArray(row)) return { reason: "bad_field", detail: mismatch("a row", "a list", row) }
      const [start, open, high, low, close, volume, turnover] = row as ReadonlyArray<unknown>
      const fields = { start, open, high, low, close, volume, turnover }
      const read = klineOf(fields, { stream, timestamp: 0, receivedAt }, undefined)
      if ("reason" in read) return read
      // One that is still open comes by itself.
      if (read.last < now) records.push(read)
    }
    return records.toSorted((left, right) => left.first - right.first)
  },
  isSparse: () => false,
}
