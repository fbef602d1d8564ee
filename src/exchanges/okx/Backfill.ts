import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { BackfillRule } from "../Venue.ts"
import { isFields, mismatch } from "../wire/Fields.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { barOf } from "./Channels.ts"
import { readCandle, readTrade } from "./Readers.ts"

/** Rows of one answer. */
const rows = 100

/** The last id or open time of an answer that begins with `first`. */
const end = ({ dataType }: Stream, first: number, last: number): number => {
  const { interval } = dataType
  if (interval === undefined) return Math.min(last, first + rows - 1)
  let open = first
  for (let count = 1; count < rows && open < last; count++) open = nextOpenTime(interval, open)
  return Math.min(last, open)
}

const decodeRow = (row: unknown, stream: Stream, receivedAt: number): Decoded | Reject | undefined => {
  if (stream.dataType.type === "kline") {
    const read = readCandle(row, stream, receivedAt)
    // A row of REST is closed; its time is that of its end.
    return "reason" in read || read.last < 0 ? read : { ...read, timestamp: read.last }
  }
  return isFields(row)
    ? readTrade(row, stream, receivedAt, {})
    : { reason: "bad_field", detail: mismatch("a row", "an object", row) }
}

/**
 * Fills by id, and closed candles. `after` asks for what is older than an id or a time, newest first. What `trades`
 * merges cannot be asked for again as it was merged.
 */
export const okxBackfill: BackfillRule = {
  requests: (stream, first, last) => {
    const { dataType, instrument } = stream
    const id = encodeURIComponent(instrument.native)
    const after = end(stream, first, last) + 1
    if (dataType.type === "trade" && dataType.aggregate !== true) {
      const path = `/api/v5/market/history-trades?instId=${id}&type=1&after=${after}&limit=${rows}`
      return [{ path, weight: 1, fromFirst: true }]
    }
    if (dataType.type !== "kline") return []
    const bar = barOf(dataType.interval!)
    const path = `/api/v5/market/history-candles?instId=${id}&bar=${bar}&after=${after}&before=${first - 1}&limit=${rows}`
    return [{ path, weight: 1, fromFirst: true }]
  },
  decode: (body, stream, receivedAt) => {
    const answer = parseJson(body.toString("utf8"))
    if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    const { code, data, msg } = answer
    if (code !== "0" || !Array.isArray(data))
      return {
        reason: "bad_field",
        detail: `the venue refused: ${String(code)}: ${String(msg).slice(0, 200)}`,
      }
    const records: Array<Decoded> = []
    for (const row of data) {
      const read = decodeRow(row, stream, receivedAt)
      if (read === undefined) continue
      if ("reason" in read) return read
      // A candle that is still open comes by itself.
      if (read.last >= 0) records.push(read)
    }
    return records.toSorted((left, right) => left.first - right.first)
  },
  isSparse: () => false,
}
