import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Read } from "../htx/Decoder.ts"
import { eachOf, klineOf, sidesOf } from "../htx/Shared.ts"
import { type Fields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { readFunding, readLiquidations, readPrice } from "./Derivatives.ts"

/*
 * Quantities of trades, books, best prices and liquidations count contracts, as HTX sends them; what a contract stands
 * for is in its catalogue (0.001 BTC of BTC-USDT, 100 USD of BTC-USD). Volumes of klines and tickers count the base
 * (`amount`), of both sides of each trade as the documents say.
 */

const tradeShape = {
  id: Shape.decimal,
  ts: Shape.time,
  amount: Shape.decimal,
  price: Shape.decimal,
  direction: Shape.oneOf("buy", "sell"),
}

export const tradeOf = (item: Fields, moment: Records.Moment): Decoded | Reject => {
  const problem = Shape.wrong("tick.data", item, tradeShape, moment.stream)
  if (problem !== undefined) return problem
  return Records.trade(moment, {
    price: item["price"] as string,
    quantity: item["amount"] as string,
    side: item["direction"] as "buy" | "sell",
    tradeId: item["id"] as string,
    tradeTime: timeOf(item["ts"]),
    aggregate: undefined,
    count: undefined,
  })
}

/** The trades of one match, oldest first (recorded). The first message repeats the last ones. */
const readTrades: Read = ({ data }, moment) =>
  eachOf("tick.data", data, moment.stream, (item) => tradeOf(item, moment))

/** `[price, contracts]`; a side without one is empty, or left out. */
const levelOf = (value: unknown): readonly [price: string, quantity: string] | undefined => {
  if (!Array.isArray(value)) return undefined
  const [price, quantity] = value as ReadonlyArray<unknown>
  return Shape.decimal.is(price) && Shape.decimal.is(quantity)
    ? [price as string, quantity as string]
    : undefined
}

/** What is there has to be a level. */
const wrongSide = (tick: Fields, stream: Stream): Reject | undefined => {
  for (const side of ["bid", "ask"] as const) {
    const value = tick[side] ?? undefined
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    if (levelOf(value) === undefined)
      return { reason: "bad_levels", detail: mismatch(`tick.${side}`, "[price, quantity]", value), stream }
  }
  return undefined
}

/** `mrid` is the match that the prices are after; `version` is the same here, and seconds in `depth.step0`. */
const readBest: Read = (tick, moment) => {
  const { stream } = moment
  const problem = Shape.wrong("tick", tick, { mrid: Shape.natural }, stream) ?? wrongSide(tick, stream)
  if (problem !== undefined) return problem
  const bid = levelOf(tick["bid"])
  const ask = levelOf(tick["ask"])
  if (bid === undefined || ask === undefined) return []
  return [
    Records.bbo(moment, {
      bid: bid[0],
      bidQuantity: bid[1],
      ask: ask[0],
      askQuantity: ask[1],
      sequence: String(naturalOf(tick["mrid"])),
    }),
  ]
}

const tickerShape = {
  open: Shape.decimal,
  high: Shape.decimal,
  low: Shape.decimal,
  close: Shape.decimal,
  amount: Shape.decimal,
  trade_turnover: Shape.optional(Shape.decimal),
}

export const readTicker: Read = (tick, moment) => {
  const { stream } = moment
  const problem = Shape.wrong("tick", tick, tickerShape, stream) ?? wrongSide(tick, stream)
  if (problem !== undefined) return problem
  const bid = levelOf(tick["bid"])
  const ask = levelOf(tick["ask"])
  return [
    Records.ticker(moment, {
      last: tick["close"] as string,
      open: tick["open"] as string,
      high: tick["high"] as string,
      low: tick["low"] as string,
      volume: tick["amount"] as string,
      quoteVolume: Shape.textIn(tick, "trade_turnover"),
      change: undefined,
      changePercent: undefined,
      bid: bid?.[0],
      bidQuantity: bid?.[1],
      ask: ask?.[0],
      askQuantity: ask?.[1],
      openTime: undefined,
      closeTime: undefined,
    }),
  ]
}

const bookShape = { version: Shape.natural, event: Shape.oneOf("snapshot", "update") }

const readBook: Read = (tick, moment) => {
  const problem = Shape.wrong("tick", tick, bookShape, moment.stream)
  if (problem !== undefined) return problem
  const sides = sidesOf(tick, moment.stream)
  if ("reason" in sides) return sides
  const last = naturalOf(tick["version"])!
  return tick["event"] === "snapshot"
    ? [Records.snapshot(moment, sides, last)]
    : [Records.delta(moment, sides, { first: last, last })]
}

/**
 * The best levels, whole. `depth.step0` is numbered by `mrid`: its `version` is the second (recorded). 39 of the 1,274
 * recorded repeat the `mrid` before, and none of those differs from what it repeats.
 */
const readLevels: Read = (tick, moment) => {
  const field = moment.stream.dataType.levels === 150 ? "mrid" : "version"
  const problem = Shape.wrong("tick", tick, { [field]: Shape.natural }, moment.stream)
  if (problem !== undefined) return problem
  const sides = sidesOf(tick, moment.stream)
  return "reason" in sides ? sides : [Records.snapshot(moment, sides, naturalOf(tick[field])!)]
}

const readers = {
  trade: readTrades,
  ticker: readTicker,
  bbo: readBest,
  // Of what is settled in the coin `vol` counts contracts: it has no quote volume.
  kline: (tick, moment) => klineOf(tick, moment, "trade_turnover"),
  funding: readFunding,
  liquidation: readLiquidations,
  mark_price: readPrice,
  index_price: readPrice,
} satisfies Record<string, Read>

/** What is polled never comes on a connection. */
const readNothing: Read = (_, { stream }) => ({
  reason: "unknown_stream",
  detail: `${stream.wire} is asked for by REST`,
  stream,
})

export const readerOf = ({ dataType: { levels, type } }: Stream): Read =>
  type === "depth"
    ? levels === undefined
      ? readBook
      : readLevels
    : Object.hasOwn(readers, type)
      ? readers[type as keyof typeof readers]
      : readNothing
