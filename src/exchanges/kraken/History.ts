import { crc32 } from "node:zlib"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { History, HistoryRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, naturalOf } from "../wire/Fields.ts"
import { isReject, newestRows, present } from "../wire/History.ts"
import { eachRow, only } from "../wire/HistoryRows.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { lengthOf } from "./Channels.ts"
import { readTrades } from "./Readers.ts"

/** Rows of one answer at most. */
const maxRows = { candles: 720, trades: 1000, levels: 500 }

interface Answer {
  /** What is told of the pair, under whatever name Kraken has for it here. */
  readonly pair: unknown
  readonly last: unknown
}

/** `{"error":[],"result":{"XXBTZUSD":…,"last":…}}` */
const answerOf = (body: Buffer): Answer | Reject => {
  const answer = parseExact(body.toString("utf8"))
  if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
  const { error, result } = answer
  if (Array.isArray(error) && error.length > 0)
    return { reason: "bad_field", detail: `the venue refused: ${error.join(", ").slice(0, 200)}` }
  if (!isFields(result)) return { reason: "bad_field", detail: mismatch("result", "an object", result) }
  const name = Object.keys(result).find((key) => key !== "last")
  return { pair: result[name ?? ""], last: result["last"] }
}

const candleShape = {
  time: Shape.natural,
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  volume: Shape.decimal,
  count: Shape.natural,
}

/** `[time in seconds, open, high, low, close, average, volume, trades]` */
const readCandle = (row: unknown, stream: Stream, receivedAt: number): Decoded | Reject => {
  if (!Array.isArray(row)) return { reason: "bad_field", detail: mismatch("a row", "a list", row), stream }
  const [time, open, high, low, close, , volume, count] = row as ReadonlyArray<unknown>
  const problem = Shape.wrong("row", { time, open, high, low, close, volume, count }, candleShape, stream)
  if (problem !== undefined) return problem
  const startTime = naturalOf(time)! * 1000
  const endTime = startTime + lengthOf(stream.dataType.interval!) - 1
  if (!Shape.time.is(endTime))
    return { reason: "bad_number", detail: mismatch("row.time", "seconds since the epoch", time), stream }
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
      trades: naturalOf(count),
      closed: true,
    },
  )
}

/** REST tells times with up to nine decimals, the socket with six: so a trade has the id that it has there. */
const sixDecimals = (time: unknown): unknown => {
  if (typeof time !== "string") return time
  const [seconds, fraction = ""] = time.split(".")
  return `${seconds}.${fraction.padEnd(6, "0").slice(0, 6)}`
}

const readRows = (body: Buffer, stream: Stream, receivedAt: number): ReadonlyArray<Decoded> | Reject => {
  const answer = answerOf(body)
  if ("reason" in answer) return answer
  const { pair } = answer
  if (!Array.isArray(pair)) return { reason: "bad_field", detail: mismatch("trades", "a list", pair) }
  const rows = (pair as ReadonlyArray<unknown>).map((row) => {
    if (!Array.isArray(row)) return row
    const [price, volume, time, side] = row as ReadonlyArray<unknown>
    return [price, volume, sixDecimals(time), side]
  })
  return readTrades([rows], stream, receivedAt)
}

/** Trades from a time on, in nanoseconds; the answer says where it ends. */
const trades = (stream: Stream, pair: string): History => ({
  reach: "window",
  rows: maxRows.trades,
  begin: (start) => `${start}000000`,
  request: ({ limit, next }) => ({
    path: `/0/public/Trades?pair=${pair}&since=${next}&count=${limit}`,
    weight: 1,
  }),
  read: (body, { limit, next, receivedAt, window }) => {
    const rows = readRows(body, stream, receivedAt)
    if (isReject(rows)) return rows
    const answer = answerOf(body)
    const last = "reason" in answer ? undefined : answer.last
    const records = rows.filter((row) => row.timestamp >= window.start && row.timestamp < window.end)
    const isBeyond = rows.some((row) => row.timestamp >= window.end)
    const through = typeof last === "string" && /^\d{1,20}$/.test(last) ? last : next
    return {
      records,
      // What is past the window is for the next one to bring.
      next: isBeyond ? `${window.end}000000` : through,
      done: isBeyond || rows.length < limit || through === next,
    }
  },
})

const tickerShape = {
  last: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  volume: Shape.decimal,
  bid: Shape.decimal,
  bidQuantity: Shape.decimal,
  ask: Shape.decimal,
  askQuantity: Shape.decimal,
}

const at = (value: unknown, index: number): unknown => (Array.isArray(value) ? value[index] : undefined)

/** As on the socket, but `o` is where today began: no price of 24 hours ago is told. */
const readTicker = (item: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const fields = {
    last: at(item["c"], 0),
    high: at(item["h"], 1),
    low: at(item["l"], 1),
    volume: at(item["v"], 1),
    bid: at(item["b"], 0),
    bidQuantity: at(item["b"], 2),
    ask: at(item["a"], 0),
    askQuantity: at(item["a"], 2),
  }
  const problem = Shape.wrong("ticker", fields, tickerShape, stream)
  if (problem !== undefined) return problem
  const made = Records.ticker(
    { stream, timestamp: 0, receivedAt },
    {
      ...(fields as { readonly [K in keyof typeof fields]: string }),
      open: undefined,
      quoteVolume: undefined,
      change: undefined,
      changePercent: undefined,
      openTime: undefined,
      closeTime: undefined,
    },
  )
  return { ...made, key: `${made.key}:${crc32(made.data)}` }
}

/** A book without a number: when it came tells it apart. */
const readBook = (item: Fields, stream: Stream, receivedAt: number): Decoded | Reject => {
  const bids = levelsText(item["bids"], "bids")
  if (bids === undefined)
    return { reason: "bad_levels", detail: describeLevels("bids", item["bids"]), stream }
  const asks = levelsText(item["asks"], "asks")
  if (asks === undefined)
    return { reason: "bad_levels", detail: describeLevels("asks", item["asks"]), stream }
  return Records.snapshot({ stream, timestamp: 0, receivedAt }, { bids, asks }, Math.floor(receivedAt * 1000))
}

const now = (
  stream: Stream,
  path: (limit: number) => string,
  rows: number,
  read: (item: Fields, stream: Stream, receivedAt: number) => Decoded | Reject,
): History =>
  present({
    rows,
    weight: 1,
    decode: (body, receivedAt) => {
      const answer = answerOf(body)
      if ("reason" in answer) return answer
      return isFields(answer.pair)
        ? only(read(answer.pair, stream, receivedAt))
        : { reason: "bad_field", detail: mismatch("result", "an object of the pair", answer.pair) }
    },
    path,
  })

/** Trades of any time, the newest 720 candles; the book and the ticker as they are now. */
export const krakenHistory: HistoryRule = (stream): History | undefined => {
  const { dataType, instrument } = stream
  const pair = encodeURIComponent(instrument.native.replace("/", ""))
  switch (dataType.type) {
    case "kline":
      return newestRows({
        rows: maxRows.candles,
        weight: 1,
        decode: (body, receivedAt) => {
          const answer = answerOf(body)
          return "reason" in answer
            ? answer
            : eachRow(answer.pair, (row) => readCandle(row, stream, receivedAt))
        },
        path: () => `/0/public/OHLC?pair=${pair}&interval=${lengthOf(dataType.interval!) / 60_000}`,
      })
    case "trade":
      return trades(stream, pair)
    case "ticker":
      return now(stream, () => `/0/public/Ticker?pair=${pair}`, 1, readTicker)
    case "depth":
      return now(stream, (limit) => `/0/public/Depth?pair=${pair}&count=${limit}`, maxRows.levels, readBook)
    default:
      return undefined
  }
}
