import { crc32 } from "node:zlib"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { isFields, mismatch } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { lengthOf } from "./Channels.ts"
import { aMoment, microsOf, millisOf } from "./Times.ts"

/*
 * Quantities count the base, as all of Kraken's spot does.
 */

/** What stands between the channel's number and its name, as records; empty where it holds none. */
export type Read = (
  parts: ReadonlyArray<unknown>,
  stream: Stream,
  receivedAt: number,
) => ReadonlyArray<Decoded> | Reject

const bad = (stream: Stream, detail: string): Reject => ({ reason: "bad_field", detail, stream })

const moment: Shape.Kind = {
  is: (value) => microsOf(value) !== undefined,
  wanted: aMoment,
  reason: "bad_number",
}

const tradeShape = {
  price: Shape.decimal,
  volume: Shape.decimal,
  time: moment,
  side: Shape.oneOf("b", "s"),
}

/**
 * `[[price, volume, time, side, order type, misc], …]`; the side is the taker's. Version 1 gives no ids, so the id is what
 * tells a trade apart: its time, side, price and volume, and a number where one message tells the same twice.
 */
export const readTrades: Read = ([rows], stream, receivedAt) => {
  if (!Array.isArray(rows)) return bad(stream, mismatch("trades", "a list", rows))
  const records: Array<Decoded> = []
  const seen = new Map<string, number>()
  for (const row of rows as ReadonlyArray<unknown>) {
    if (!Array.isArray(row)) return bad(stream, mismatch("trades", "a list of lists", row))
    const [price, volume, time, side] = row as ReadonlyArray<unknown>
    const problem = Shape.wrong("trades", { price, volume, time, side }, tradeShape, stream)
    if (problem !== undefined) return problem
    const same = `${String(time)}:${String(side)}:${String(price)}:${String(volume)}`
    const before = seen.get(same) ?? 0
    seen.set(same, before + 1)
    const timestamp = millisOf(microsOf(time)!)
    records.push(
      Records.trade(
        { stream, timestamp, receivedAt },
        {
          price: price as string,
          quantity: volume as string,
          side: side === "b" ? "buy" : "sell",
          tradeId: before === 0 ? same : `${same}:${before + 1}`,
          tradeTime: timestamp,
          aggregate: undefined,
          count: undefined,
        },
      ),
    )
  }
  return records
}

const tickerShape = {
  last: Shape.decimal,
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  volume: Shape.decimal,
  bid: Shape.decimal,
  bidQuantity: Shape.decimal,
  ask: Shape.decimal,
  askQuantity: Shape.decimal,
}

const at = (value: unknown, index: number): unknown => (Array.isArray(value) ? value[index] : undefined)

/**
 * `a` and `b` are price, whole lots and lots; `c` the last price and its volume; the others have the day's number first
 * and that of the last 24 hours second, which is taken. It has no time: the sum of what it says tells two of the same
 * millisecond apart.
 */
export const readTicker: Read = ([item], stream, receivedAt) => {
  if (!isFields(item)) return bad(stream, mismatch("ticker", "an object", item))
  const fields = {
    last: at(item["c"], 0),
    open: at(item["o"], 1),
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
      quoteVolume: undefined,
      change: undefined,
      changePercent: undefined,
      openTime: undefined,
      closeTime: undefined,
    },
  )
  return [{ ...made, key: `${made.key}:${crc32(made.data)}` }]
}

const spreadShape = {
  bid: Shape.decimal,
  ask: Shape.decimal,
  time: moment,
  bidVolume: Shape.decimal,
  askVolume: Shape.decimal,
}

const isNothing = (price: string): boolean => /^[0.]+$/.test(price)

/** `[bid, ask, time, bid volume, ask volume]`. Its time in microseconds is its sequence; a side without orders has price 0. */
export const readSpread: Read = ([row], stream, receivedAt) => {
  if (!Array.isArray(row)) return bad(stream, mismatch("spread", "a list", row))
  const [bid, ask, time, bidVolume, askVolume] = row as ReadonlyArray<unknown>
  const fields = { bid, ask, time, bidVolume, askVolume }
  const problem = Shape.wrong("spread", fields, spreadShape, stream)
  if (problem !== undefined) return problem
  if (isNothing(bid as string) || isNothing(ask as string)) return []
  const micros = microsOf(time)!
  return [
    Records.bbo(
      { stream, timestamp: millisOf(micros), receivedAt },
      {
        bid: bid as string,
        bidQuantity: bidVolume as string,
        ask: ask as string,
        askQuantity: askVolume as string,
        sequence: String(micros),
      },
    ),
  ]
}

const candleShape = {
  time: moment,
  etime: moment,
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  vwap: Shape.decimal,
  volume: Shape.decimal,
  count: Shape.natural,
}

/**
 * `[time of the last change, end, open, high, low, close, average, volume, trades]`. Nothing says that one is closed, and
 * so none is. Several changes of a millisecond are told apart by their microseconds.
 */
export const readCandle: Read = ([row], stream, receivedAt) => {
  if (!Array.isArray(row)) return bad(stream, mismatch("ohlc", "a list", row))
  const [time, etime, open, high, low, close, vwap, volume, count] = row as ReadonlyArray<unknown>
  const fields = { time, etime, open, high, low, close, vwap, volume, count }
  const problem = Shape.wrong("ohlc", fields, candleShape, stream)
  if (problem !== undefined) return problem
  const length = lengthOf(stream.dataType.interval!)
  // The end as documented is not always a multiple of the interval: the interval is the one that it ends, or lies in.
  const startTime = Math.floor((millisOf(microsOf(etime)!) - 1) / length) * length
  const micros = microsOf(time)!
  const made = Records.kline(
    { stream, timestamp: millisOf(micros), receivedAt },
    {
      startTime,
      endTime: startTime + length - 1,
      open: open as string,
      high: high as string,
      low: low as string,
      close: close as string,
      volume: volume as string,
      quoteVolume: undefined,
      trades: Number(count),
      closed: false,
    },
  )
  return [{ ...made, key: `${made.key}.${String(micros % 1000).padStart(3, "0")}` }]
}
