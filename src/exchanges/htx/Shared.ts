import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import type { KlineInterval } from "../../domain/DataType.ts"
import type { Stream } from "../../domain/Stream.ts"
import { aTime, type Fields, isEventTime, isFields, mismatch, naturalOf } from "../wire/Fields.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"

/*
 * What the messages of spot and of swaps have in common.
 */

const singapore = 8 * 3_600_000

/** The last millisecond of a kline. Months are those of Singapore; the others are as long everywhere. */
export const endOf = (interval: KlineInterval, startTime: number): number =>
  nextOpenTime(interval, startTime + singapore) - singapore - 1

export const klineShape = {
  id: Shape.natural,
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  amount: Shape.decimal,
  vol: Shape.decimal,
  count: Shape.optional(Shape.natural),
  trade_turnover: Shape.optional(Shape.decimal),
}

/**
 * `id` is the second in which it began. Nothing says that one is closed: the next one begins, and the last push of the
 * one before may come after it. `quote` names the field that counts the quote currency.
 */
export const klineOf = (
  tick: Fields,
  moment: Records.Moment,
  quote: "vol" | "trade_turnover",
): ReadonlyArray<Decoded> | Reject => {
  const problem = Shape.wrong("tick", tick, klineShape, moment.stream)
  if (problem !== undefined) return problem
  const startTime = naturalOf(tick["id"])! * 1000
  if (!isEventTime(startTime))
    return { reason: "bad_number", detail: mismatch("tick.id", aTime, tick["id"]), stream: moment.stream }
  return [
    Records.kline(moment, {
      startTime,
      endTime: endOf(moment.stream.dataType.interval!, startTime),
      open: tick["open"] as string,
      high: tick["high"] as string,
      low: tick["low"] as string,
      close: tick["close"] as string,
      volume: tick["amount"] as string,
      quoteVolume: Shape.textIn(tick, quote),
      trades: naturalOf(tick["count"]),
      closed: false,
    }),
  ]
}

/** The sides of a book as text. A side that did not change is left out, `null`, empty, or an object without fields. */
export const sidesOf = (
  tick: Fields,
  stream: Stream,
): { readonly bids: string; readonly asks: string } | Reject => {
  const text = { bids: "[]", asks: "[]" }
  for (const side of ["bids", "asks"] as const) {
    const levels = tick[side] ?? []
    if (isFields(levels) && Object.keys(levels).length === 0) continue
    const read = levelsText(levels, side)
    if (read === undefined)
      return { reason: "bad_levels", detail: describeLevels(`tick.${side}`, levels), stream }
    text[side] = read
  }
  return text
}

/** The list of entries that a message has, each read; the first that is wrong rejects all. */
export const eachOf = (
  field: string,
  list: unknown,
  stream: Stream,
  read: (item: Fields) => Decoded | Reject | undefined,
): Array<Decoded> | Reject => {
  if (!Array.isArray(list)) return { reason: "bad_field", detail: mismatch(field, "a list", list), stream }
  const records: Array<Decoded> = []
  for (const item of list) {
    if (!isFields(item))
      return { reason: "bad_field", detail: mismatch(field, "a list of objects", item), stream }
    const made = read(item)
    if (made === undefined) continue
    if ("reason" in made) return made
    records.push(made)
  }
  return records
}
