import { toPlainDecimal } from "../../domain/DecimalText.ts"
import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, isFields, mismatch, naturalOf, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { isInverse } from "./Readers.ts"

const decimal = Shape.optional(Shape.decimal)
const signed = Shape.optional(Shape.signedDecimal)

/** What we use of a ticker; absent from a change is what did not change. */
const shape: Readonly<Record<string, Shape.Kind>> = {
  lastPrice: decimal,
  prevPrice24h: decimal,
  highPrice24h: decimal,
  lowPrice24h: decimal,
  volume24h: decimal,
  turnover24h: decimal,
  price24hPcnt: signed,
  bid1Price: decimal,
  bid1Size: decimal,
  ask1Price: decimal,
  ask1Size: decimal,
  markPrice: decimal,
  indexPrice: decimal,
  openInterest: decimal,
  openInterestValue: decimal,
  fundingRate: signed,
  nextFundingTime: Shape.optional({ ...Shape.time, is: (value) => value === "0" || Shape.time.is(value) }),
  fundingIntervalHour: Shape.optional(Shape.natural),
}

const names = Object.keys(shape)

interface Known {
  readonly time: number
  readonly fields: Fields
}

/** The tickers of contracts as they stand: after a whole one, changes of fields alone are sent. */
export interface Tickers {
  /** The records of the streams of one topic that a message holds; `undefined` where it tells them nothing. */
  readonly read: (
    key: string,
    streams: ReadonlyArray<Stream>,
    message: Fields,
    receivedAt: number,
  ) => ReadonlyArray<Decoded> | Reject
}

const text = Shape.textIn

/** The first of these fields that is not what it has to be; `undefined` where all are. */
const firstWrong = (fields: Fields, stream: Stream): Reject | undefined =>
  Shape.wrong("data", fields, shape, stream)

/** Without the 24 hours there is no ticker: changes alone came so far. */
const tickerOf = (moment: Records.Moment, all: Fields): Decoded | undefined => {
  const last = text(all, "lastPrice")
  const open = text(all, "prevPrice24h")
  const high = text(all, "highPrice24h")
  const low = text(all, "lowPrice24h")
  const inverse = isInverse(moment.stream)
  const volume = text(all, inverse ? "turnover24h" : "volume24h")
  const share = text(all, "price24hPcnt")
  if ([last, open, high, low, volume].includes(undefined)) return undefined
  return Records.ticker(moment, {
    last,
    open,
    high,
    low,
    volume,
    quoteVolume: text(all, inverse ? "volume24h" : "turnover24h"),
    change: undefined,
    // A share of one on the wire.
    changePercent: share === undefined ? undefined : toPlainDecimal(`${share}e2`),
    bid: text(all, "bid1Price"),
    bidQuantity: text(all, "bid1Size"),
    ask: text(all, "ask1Price"),
    askQuantity: text(all, "ask1Size"),
    openTime: undefined,
    closeTime: undefined,
  })
}

const fundingOf = (moment: Records.Moment, changed: Fields, all: Fields): Decoded | undefined => {
  const rate = text(all, "fundingRate")
  const isTold =
    text(changed, "fundingRate") !== undefined ||
    text(changed, "nextFundingTime") !== undefined ||
    changed["fundingIntervalHour"] !== undefined
  return rate === undefined || !isTold
    ? undefined
    : Records.funding(moment, {
        rate,
        nextFundingTime: timeOf(all["nextFundingTime"]),
        intervalHours: naturalOf(all["fundingIntervalHour"]),
        markPrice: text(all, "markPrice"),
        indexPrice: text(all, "indexPrice"),
        predictedRate: undefined,
        settled: undefined,
      })
}

/** Of linear contracts it counts the base, and its value the quote; of inverse ones contracts, and its value the base. */
const interestOf = (moment: Records.Moment, changed: Fields, all: Fields): Decoded | undefined => {
  const amount = text(all, "openInterest")
  const isTold = [changed["openInterest"], changed["openInterestValue"]].some((each) => each !== undefined)
  if (amount === undefined || !isTold) return undefined
  return isInverse(moment.stream)
    ? Records.openInterest(moment, { amount, unit: "contracts", value: undefined })
    : Records.openInterest(moment, { amount, unit: "base", value: text(all, "openInterestValue") })
}

const priceOf = (moment: Records.Moment, value: string | undefined): Decoded | undefined =>
  value === undefined ? undefined : Records.price(moment, value)

const recordOf = (moment: Records.Moment, changed: Fields, all: Fields): Decoded | undefined => {
  switch (moment.stream.dataType.type) {
    case "funding":
      return fundingOf(moment, changed, all)
    case "open_interest":
      return interestOf(moment, changed, all)
    case "mark_price":
      return priceOf(moment, text(changed, "markPrice"))
    case "index_price":
      return priceOf(moment, text(changed, "indexPrice"))
    default:
      return tickerOf(moment, all)
  }
}

export const makeTickers = (): Tickers => {
  const known = new Map<string, Known>()

  /**
   * What was known, and what is new. A field that cannot be read is forgotten: its old value is not the present one. A
   * change older than what is known came on a connection that is being left, and says nothing of the present.
   */
  const merge = (key: string, message: Fields, data: Fields, time: number): Fields => {
    const before = message["type"] === "delta" ? known.get(key) : undefined
    const fields: Record<string, unknown> = { ...before?.fields }
    for (const name of names) {
      const value = data[name]
      if (value === undefined || value === null) continue
      if (shape[name]!.is(value)) fields[name] = value
      else delete fields[name]
    }
    if (before !== undefined && time < before.time) return fields
    known.set(key, { time, fields })
    return fields
  }

  return {
    read: (key, streams, message, receivedAt) => {
      const { data, type } = message
      const stream = streams[0]!
      const reject = (detail: string): Reject => ({ reason: "bad_field", detail, stream })
      if (!isFields(data)) return reject(mismatch("data", "an object", data))
      if (data["symbol"] !== stream.instrument.native)
        return {
          reason: "symbol_mismatch",
          detail: mismatch("data.symbol", stream.instrument.native, data["symbol"]),
          stream,
        }
      if (type !== "snapshot" && type !== "delta") return reject(mismatch("type", "snapshot or delta", type))
      const timestamp = timeOf(message["ts"]) ?? 0
      const all = merge(key, message, data, timestamp)
      const problem = firstWrong(data, stream)
      if (problem !== undefined) return problem
      return streams.flatMap((each): ReadonlyArray<Decoded> => {
        const record = recordOf({ stream: each, timestamp, receivedAt }, data, all)
        return record === undefined ? [] : [record]
      })
    },
  }
}
