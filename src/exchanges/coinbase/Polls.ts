import type { KlineInterval } from "../../domain/DataType.ts"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { PollRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { isFields, mismatch, naturalOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"

/** Seconds of the intervals that it has: its `granularity`. */
const seconds: Readonly<Partial<Record<KlineInterval, number>>> = {
  "1m": 60,
  "5m": 300,
  "15m": 900,
  "1h": 3600,
  "6h": 21_600,
  "1d": 86_400,
}

export const intervals = Object.keys(seconds) as ReadonlyArray<KlineInterval>

export const lengthOf = ({ dataType }: Stream): number => seconds[dataType.interval!]! * 1000

/** Rows of one answer at most, by the documents. */
const rows = 300
/** Answers that one poll asks for at most: what was missed longer ago than 1,500 intervals stays away. */
const answers = 5

const rowShape = {
  time: Shape.natural,
  low: Shape.decimal,
  high: Shape.decimal,
  open: Shape.decimal,
  close: Shape.decimal,
  volume: Shape.decimal,
}

/** `[time in seconds, low, high, open, close, volume]` in bare numbers; `undefined` while it is not over. */
const readRow = (row: unknown, stream: Stream, receivedAt: number): Decoded | Reject | undefined => {
  if (!Array.isArray(row))
    return { reason: "bad_field", detail: mismatch("a candle", "a list of values", row), stream }
  const [time, low, high, open, close, volume] = row as ReadonlyArray<unknown>
  const fields = { time, low, high, open, close, volume }
  const problem = Shape.wrong("a candle", fields, rowShape, stream)
  if (problem !== undefined) return problem
  const startTime = naturalOf(time)! * 1000
  const endTime = startTime + lengthOf(stream) - 1
  if (!Shape.time.is(endTime))
    return {
      reason: "bad_number",
      detail: mismatch("a candle's time", "seconds since the epoch", time),
      stream,
    }
  if (endTime >= receivedAt) return undefined
  return Records.kline(
    { stream, timestamp: endTime, receivedAt },
    {
      startTime,
      endTime,
      open: open as string,
      high: high as string,
      low: low as string,
      close: close as string,
      volume: volume as string,
      quoteVolume: undefined,
      trades: undefined,
      closed: true,
    },
  )
}

const iso = (millis: number): string => encodeURIComponent(new Date(millis).toISOString())

/**
 * Candles that are over, newest first. There is none of an interval without a trade, so that nothing shows by itself that
 * one is missing; what was missed is asked for by its time.
 */
export const coinbasePolls: PollRule = {
  schedule: (stream) => {
    const length = lengthOf(stream)
    const id = encodeURIComponent(stream.instrument.native)
    return {
      everyMillis: length,
      delayMillis: 5000,
      keepsHistory: true,
      requests: (since, now) => {
        const open = Math.floor(now / length) * length
        // The last that is over at first.
        const wanted = since === undefined ? open - length : since + 1
        const oldest = Math.max(wanted, open - rows * answers * length)
        const from = Math.min(Math.floor(oldest / length) * length, open - length)
        const requests: Array<{ readonly path: string; readonly weight: number }> = []
        for (let start = from; start < open; start += rows * length) {
          const end = Math.min(start + (rows - 1) * length, open - length)
          requests.push({
            path: `/products/${id}/candles?granularity=${length / 1000}&start=${iso(start)}&end=${iso(end)}`,
            weight: 1,
          })
        }
        return requests
      },
    }
  },
  decode: (body, stream, receivedAt) => {
    const answer = parseExact(body.toString("utf8"))
    if (answer === undefined) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    if (!Array.isArray(answer)) {
      const said = isFields(answer) ? String(answer["message"]).slice(0, 200) : "no list"
      return { reason: "bad_field", detail: `the venue refused: ${said}` }
    }
    const records: Array<Decoded> = []
    for (const row of answer as ReadonlyArray<unknown>) {
      const read = readRow(row, stream, receivedAt)
      if (read === undefined) continue
      if ("reason" in read) return read
      records.push(read)
    }
    return records.toSorted((left, right) => left.timestamp - right.timestamp)
  },
}
