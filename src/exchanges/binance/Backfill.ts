import { isPlainDecimal } from "../../domain/DecimalText.ts"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { BackfillRequest, BackfillRule } from "../Venue.ts"
import { errorText } from "./Controls.ts"
import { isEventTime, isFields, isNatural, mismatch } from "./Fields.ts"
import { aggregateRecord, type Counting, klineData, klineRecord, tradeRecord, volumesOf } from "./Records.ts"

type Row = (row: unknown, stream: Stream, receivedAt: number) => Decoded | undefined

/** `{"id":…,"price":"…","qty":"…","time":…,"isBuyerMaker":…}` */
const tradeRow: Row = (row, stream, receivedAt) => {
  if (!isFields(row)) return undefined
  const { id, price, qty, time, isBuyerMaker } = row
  if (!isNatural(id) || !isPlainDecimal(price) || !isPlainDecimal(qty)) return undefined
  if (!isEventTime(time) || typeof isBuyerMaker !== "boolean") return undefined
  return tradeRecord(stream, receivedAt, time, price, qty, isBuyerMaker, String(id), id, String(time))
}

/** `{"a":…,"p":"…","q":"…","f":…,"l":…,"T":…,"m":…}` */
const aggregateRow: Row = (row, stream, receivedAt) => {
  if (!isFields(row)) return undefined
  const { a, p, q, f, l, T, m } = row
  if (!isNatural(a) || !isPlainDecimal(p) || !isPlainDecimal(q)) return undefined
  if (!isNatural(f) || !isNatural(l) || !isEventTime(T) || typeof m !== "boolean") return undefined
  return aggregateRecord(stream, receivedAt, T, p, q, m, String(a), a, String(T), String(f), String(l))
}

/** `[open time, "open", "high", "low", "close", "volume", close time, "quote volume", trades, …]`, closed ones alone. */
const klineRow =
  (counting: Counting): Row =>
  (row, stream, receivedAt) => {
    if (!Array.isArray(row)) return undefined
    const [startTime, open, high, low, close, v, endTime, q, trades] = row as Array<unknown>
    if (!isNatural(startTime) || !isEventTime(endTime) || !isNatural(trades)) return undefined
    if (![open, high, low, close, v, q].every(isPlainDecimal)) return undefined
    const { interval } = stream.dataType
    const values = {
      interval,
      startTime,
      endTime,
      open,
      high,
      low,
      close,
      ...volumesOf(counting, v, q),
      trades,
    }
    const key = `${interval}:${startTime}:closed`
    const data = klineData({ ...values, closed: true })
    return klineRecord(stream, receivedAt, endTime, key, data, startTime, endTime)
  }

const rowOf = (
  { dataType }: Stream,
  counting: Counting,
): { readonly name: string; readonly read: Row } | undefined => {
  if (dataType.type === "kline") return { name: "kline", read: klineRow(counting) }
  if (dataType.type !== "trade") return undefined
  return dataType.aggregate === true
    ? { name: "aggTrade", read: aggregateRow }
    : { name: "trade", read: tradeRow }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const decode =
  (counting: Counting): BackfillRule["decode"] =>
  (body, stream, receivedAt): ReadonlyArray<Decoded> | Reject => {
    const rows = parse(body.toString("utf8"))
    const kind = rowOf(stream, counting)
    if (rows === undefined || kind === undefined)
      return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    if (!Array.isArray(rows)) {
      const error = isFields(rows) ? errorText(rows) : undefined
      const detail =
        error === undefined ? mismatch("the answer", "a list", rows) : `the venue refused: ${error}`
      return { reason: "bad_field", detail }
    }
    const records: Array<Decoded> = []
    for (const [index, row] of rows.entries()) {
      const record = kind.read(row, stream, receivedAt)
      if (record === undefined) return { reason: "bad_field", detail: `row ${index}: no ${kind.name}` }
      records.push(record)
    }
    return records.toSorted((left, right) => left.first - right.first)
  }

/** What the REST endpoints of a venue's history are like: their paths, the rows of an answer, the weight of a request. */
export interface HistoryEndpoints {
  readonly prefix: string
  readonly rows: { readonly trades: number; readonly aggregates: number; readonly klines: number }
  readonly weight: {
    readonly trades: number
    readonly aggregates: number
    readonly klines: (limit: number) => number
  }
  /** The newest trades, for which no key is asked, where the older ones may want one. */
  readonly newest?: { readonly rows: number; readonly weight: number }
  /** Ids of trades that were not made in the book are left out. */
  readonly sparseTrades: boolean
  /** What the volumes of klines count; assets unless given. */
  readonly counting?: Counting
}

export const makeBackfill = (endpoints: HistoryEndpoints): BackfillRule => {
  const { counting = "assets", prefix, rows, weight } = endpoints
  return {
    requests: (stream, first, last): ReadonlyArray<BackfillRequest> => {
      const symbol = encodeURIComponent(stream.instrument.native)
      const at = (path: string, limit: number) => `${prefix}${path}?symbol=${symbol}&limit=${limit}`
      switch (rowOf(stream, counting)?.name) {
        case "trade": {
          const limit = Math.min(rows.trades, last - first + 1)
          const path = `${at("historicalTrades", limit)}&fromId=${first}`
          const history = { path, weight: weight.trades, fromFirst: true }
          const { newest } = endpoints
          return newest === undefined
            ? [history]
            : [history, { path: at("trades", newest.rows), weight: newest.weight, fromFirst: false }]
        }
        case "aggTrade": {
          const limit = Math.min(rows.aggregates, last - first + 1)
          const path = `${at("aggTrades", limit)}&fromId=${first}`
          return [{ path, weight: weight.aggregates, fromFirst: true }]
        }
        case "kline": {
          const limit = rows.klines
          const path = `${at("klines", limit)}&interval=${stream.dataType.interval}&startTime=${first}&endTime=${last}`
          return [{ path, weight: weight.klines(limit), fromFirst: true }]
        }
        default:
          return []
      }
    },
    decode: decode(counting),
    isSparse: (stream) => endpoints.sparseTrades && rowOf(stream, counting)?.name === "trade",
  }
}

export const spotEndpoints: HistoryEndpoints = {
  prefix: "/api/v3/",
  rows: { trades: 1000, aggregates: 1000, klines: 1000 },
  weight: { trades: 25, aggregates: 4, klines: () => 2 },
  sparseTrades: false,
}

export const spotBackfill = makeBackfill(spotEndpoints)
