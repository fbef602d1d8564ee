import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { History, HistoryRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, naturalOf } from "../wire/Fields.ts"
import { byStretch, iso, present } from "../wire/History.ts"
import { byId } from "../wire/HistoryById.ts"
import { only } from "../wire/HistoryRows.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { coinbaseBackfill } from "./Backfill.ts"
import { coinbasePolls, lengthOf } from "./Polls.ts"
import { aMoment, microsOf, millisOf } from "./Times.ts"

/** Rows of one answer at most. */
const maxRows = { candles: 300, trades: 1000 }

const objectOf = (body: Buffer): { readonly answer: Fields } | Reject => {
  const answer = parseJson(body.toString("utf8"))
  if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
  return typeof answer["message"] === "string"
    ? { reason: "bad_field", detail: `the venue refused: ${answer["message"].slice(0, 200)}` }
    : { answer }
}

const tickerShape = {
  price: Shape.decimal,
  volume: Shape.decimal,
  bid: Shape.optional(Shape.decimal),
  ask: Shape.optional(Shape.decimal),
  trade_id: Shape.natural,
}

const noMoment = (time: unknown, stream: Stream): Reject => ({
  reason: "bad_number",
  detail: mismatch("time", aMoment, time),
  stream,
})

/** The last trade, the best prices and the day's volume. Two of one millisecond are told apart by the trade's id. */
const readTicker = (body: Buffer, stream: Stream, receivedAt: number): Decoded | Reject => {
  const read = objectOf(body)
  if ("reason" in read) return read
  const { answer } = read
  const problem = Shape.wrong("ticker", answer, tickerShape, stream)
  if (problem !== undefined) return problem
  const micros = microsOf(answer["time"])
  if (micros === undefined) return noMoment(answer["time"], stream)
  const made = Records.ticker(
    { stream, timestamp: millisOf(micros), receivedAt },
    {
      last: answer["price"] as string,
      open: undefined,
      high: undefined,
      low: undefined,
      volume: answer["volume"] as string,
      quoteVolume: undefined,
      change: undefined,
      changePercent: undefined,
      bid: Shape.textIn(answer, "bid"),
      bidQuantity: undefined,
      ask: Shape.textIn(answer, "ask"),
      askQuantity: undefined,
      openTime: undefined,
      closeTime: undefined,
    },
  )
  return { ...made, key: `${made.key}:${naturalOf(answer["trade_id"])!}` }
}

/** The whole book with the number that it has at the matching engine. */
const readBook = (body: Buffer, stream: Stream, receivedAt: number): Decoded | Reject => {
  const read = objectOf(body)
  if ("reason" in read) return read
  const { asks: askLevels, bids: bidLevels, sequence, time } = read.answer
  const bids = levelsText(bidLevels, "bids")
  if (bids === undefined) return { reason: "bad_levels", detail: describeLevels("bids", bidLevels), stream }
  const asks = levelsText(askLevels, "asks")
  if (asks === undefined) return { reason: "bad_levels", detail: describeLevels("asks", askLevels), stream }
  const last = naturalOf(sequence)
  if (last === undefined)
    return { reason: "bad_number", detail: mismatch("sequence", "a number", sequence), stream }
  const micros = time === undefined ? 0 : microsOf(time)
  if (micros === undefined) return noMoment(time, stream)
  return Records.snapshot({ stream, timestamp: millisOf(micros), receivedAt }, { bids, asks }, last)
}

/** Candles and trades as far back as Coinbase goes; the book and the ticker as they are now. */
export const coinbaseHistory: HistoryRule = (stream): History | undefined => {
  const { dataType, instrument } = stream
  const product = `/products/${encodeURIComponent(instrument.native)}`
  switch (dataType.type) {
    case "kline": {
      const length = lengthOf(stream)
      const time = (millis: number) => encodeURIComponent(iso(millis))
      return byStretch({
        rows: maxRows.candles,
        weight: 1,
        step: dataType.interval!,
        decode: (body, receivedAt) => coinbasePolls.decode(body, stream, receivedAt, 0),
        // Both are included, by when a candle begins.
        path: (from, to) =>
          `${product}/candles?granularity=${length / 1000}&start=${time(from)}&end=${time(Math.floor(to / length) * length)}`,
      })
    }
    case "trade":
      return byId({
        rows: maxRows.trades,
        weight: 1,
        decode: (body, receivedAt) => coinbaseBackfill.decode(body, stream, receivedAt),
        path: (id, limit) => `${product}/trades?after=${id + limit}&limit=${limit}`,
        // No request tells which trade was the first of a time.
        find: {
          kind: "halves",
          weight: 1,
          path: (id) => `${product}/trades?${id === undefined ? "" : `after=${id + 1}&`}limit=1`,
        },
      })
    case "ticker":
      return present({
        weight: 1,
        decode: (body, receivedAt) => only(readTicker(body, stream, receivedAt)),
        path: () => `${product}/ticker`,
      })
    case "depth":
      return present({
        weight: 1,
        decode: (body, receivedAt) => only(readBook(body, stream, receivedAt)),
        path: () => `${product}/book?level=2`,
      })
    default:
      return undefined
  }
}
