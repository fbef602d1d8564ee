import { crc32 } from "node:zlib"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, mismatch, naturalOf } from "../wire/Fields.ts"
import { describeLevels, levelsText, type Side } from "../wire/Levels.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { aMoment, microsOf, millisOf } from "./Times.ts"

/*
 * Quantities count the base.
 */

/** One message, as a record. */
export type Read = (message: Fields, stream: Stream, receivedAt: number) => Decoded | Reject

const moment: Shape.Kind = {
  is: (value) => microsOf(value) !== undefined,
  wanted: aMoment,
  reason: "bad_number",
}

const tradeShape = {
  trade_id: Shape.natural,
  price: Shape.decimal,
  size: Shape.decimal,
  side: Shape.oneOf("buy", "sell"),
  time: moment,
}

/**
 * `match`, the same as a row of REST, and `last_match`: the trade before the first one that a new subscription gets. Ids
 * of a product count up one by one (in all recorded). `side` is the maker's: of a trade whose ticker says `buy`, the match
 * says `sell` (recorded), so that the taker's is the other one.
 */
export const readTrade: Read = (message, stream, receivedAt) => {
  const problem = Shape.wrong("match", message, tradeShape, stream)
  if (problem !== undefined) return problem
  const id = naturalOf(message["trade_id"])!
  const tradeTime = millisOf(microsOf(message["time"])!)
  return Records.trade(
    { stream, timestamp: tradeTime, receivedAt },
    {
      price: message["price"] as string,
      quantity: message["size"] as string,
      side: message["side"] === "buy" ? "sell" : "buy",
      tradeId: String(id),
      tradeTime,
      aggregate: undefined,
      count: undefined,
    },
    { first: id, last: id },
  )
}

const tickerShape = {
  sequence: Shape.natural,
  price: Shape.decimal,
  open_24h: Shape.decimal,
  high_24h: Shape.decimal,
  low_24h: Shape.decimal,
  volume_24h: Shape.decimal,
  best_bid: Shape.optional(Shape.decimal),
  best_bid_size: Shape.optional(Shape.decimal),
  best_ask: Shape.optional(Shape.decimal),
  best_ask_size: Shape.optional(Shape.decimal),
  time: moment,
}

/**
 * It comes with every match and has its time: an order that makes several makes several tickers of one millisecond, told
 * apart by `sequence`. The sizes beside the best prices are there since 2022.
 */
export const readTicker: Read = (message, stream, receivedAt) => {
  const problem = Shape.wrong("ticker", message, tickerShape, stream)
  if (problem !== undefined) return problem
  const made = Records.ticker(
    { stream, timestamp: millisOf(microsOf(message["time"])!), receivedAt },
    {
      last: message["price"] as string,
      open: message["open_24h"] as string,
      high: message["high_24h"] as string,
      low: message["low_24h"] as string,
      volume: message["volume_24h"] as string,
      quoteVolume: undefined,
      change: undefined,
      changePercent: undefined,
      bid: Shape.textIn(message, "best_bid"),
      bidQuantity: Shape.textIn(message, "best_bid_size"),
      ask: Shape.textIn(message, "best_ask"),
      askQuantity: Shape.textIn(message, "best_ask_size"),
      openTime: undefined,
      closeTime: undefined,
    },
  )
  return { ...made, key: `${made.key}:${naturalOf(message["sequence"])!}` }
}

const badLevels = (field: string, value: unknown, stream: Stream): Reject => ({
  reason: "bad_levels",
  detail: describeLevels(field, value),
  stream,
})

/** A whole book. Without a time it has no sequence; the time of its receipt tells one from the other. */
export const readSnapshot: Read = (message, stream, receivedAt) => {
  const bids = levelsText(message["bids"], "bids")
  if (bids === undefined) return badLevels("bids", message["bids"], stream)
  const asks = levelsText(message["asks"], "asks")
  if (asks === undefined) return badLevels("asks", message["asks"], stream)
  const { time } = message
  if (time === undefined) {
    const made = Records.snapshot({ stream, timestamp: 0, receivedAt }, { bids, asks }, 0)
    return { ...made, key: `snapshot:full:${Math.floor(receivedAt * 1000)}` }
  }
  const micros = microsOf(time)
  if (micros === undefined) return { reason: "bad_number", detail: mismatch("time", aMoment, time), stream }
  return Records.snapshot({ stream, timestamp: millisOf(micros), receivedAt }, { bids, asks }, micros)
}

const isChange = (value: unknown): value is readonly [string, unknown, unknown] =>
  Array.isArray(value) && (value[0] === "buy" || value[0] === "sell")

/**
 * `changes` are `[side, price, quantity]`. Several messages have one time, down to the microsecond: the sum of what
 * changed tells them apart, since none of one time said the same twice (recorded).
 */
export const readChanges: Read = (message, stream, receivedAt) => {
  const { changes, time } = message
  if (!Array.isArray(changes) || changes.length === 0 || !changes.every(isChange))
    return {
      reason: "bad_levels",
      detail: mismatch("changes", "a list of [side, price, quantity]", changes),
      stream,
    }
  const of = (side: "buy" | "sell") =>
    changes.filter(([each]) => each === side).map(([, price, quantity]) => [price, quantity])
  const text = (side: "buy" | "sell", name: Side) => levelsText(of(side), name)
  const bids = text("buy", "bids")
  if (bids === undefined) return badLevels("changes of bids", of("buy"), stream)
  const asks = text("sell", "asks")
  if (asks === undefined) return badLevels("changes of asks", of("sell"), stream)
  const last = microsOf(time)
  if (last === undefined) return { reason: "bad_number", detail: mismatch("time", aMoment, time), stream }
  const place = { stream, timestamp: millisOf(last), receivedAt }
  const made = Records.delta(place, { bids, asks }, { first: last, last })
  return { ...made, key: `${last}:${crc32(`${bids}${asks}`)}` }
}
