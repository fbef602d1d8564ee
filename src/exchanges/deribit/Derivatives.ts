import { timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import { countsQuote } from "./Names.ts"
import type { Read } from "./Readers.ts"
import * as Shapes from "./Shapes.ts"

/**
 * A value of the ticker. Tickers also come when nothing but the best prices changed: those that repeat a value are
 * records all the same, each with its time.
 */
const ofTicker =
  (field: string, make: (value: string, ...rest: Parameters<Read>) => ReturnType<Read>): Read =>
  (item, stream, receivedAt) => {
    const problem = Shape.wrong("data", item, Shapes.tickerShape, stream)
    if (problem !== undefined) return problem
    const value = Shape.textIn(item, field)
    return value === undefined ? undefined : make(value, item, stream, receivedAt)
  }

/** Funding flows all the time; `current_funding` is its rate now, over eight hours. */
export const readFunding = ofTicker("current_funding", (rate, item, stream, receivedAt) =>
  Records.funding(
    { stream, timestamp: timeOf(item["timestamp"])!, receivedAt },
    {
      rate,
      nextFundingTime: undefined,
      intervalHours: 8,
      markPrice: Shape.textIn(item, "mark_price"),
      indexPrice: Shape.textIn(item, "index_price"),
      predictedRate: undefined,
      settled: undefined,
    },
  ),
)

/** Counted as amounts are. */
export const readOpenInterest = ofTicker("open_interest", (amount, item, stream, receivedAt) =>
  Records.openInterest(
    { stream, timestamp: timeOf(item["timestamp"])!, receivedAt },
    { amount, unit: countsQuote(stream.instrument) ? "quote" : "base", value: undefined },
  ),
)

const price =
  (field: string): Read =>
  (item, stream, receivedAt) =>
    ofTicker(field, (value) =>
      Records.price({ stream, timestamp: timeOf(item["timestamp"])!, receivedAt }, value),
    )(item, stream, receivedAt)

export const readMarkPrice = price("mark_price")
export const readIndexOfTicker = price("index_price")

/** `deribit_price_index.btc_usd`: `{"timestamp":…,"price":…,"index_name":"btc_usd"}`. */
export const readIndex: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, Shapes.priceShape, stream)
  if (problem !== undefined) return problem
  return Records.price({ stream, timestamp: timeOf(item["timestamp"])!, receivedAt }, item["price"] as string)
}

/** `deribit_volatility_index.btc_usd`: `{"volatility":…,"timestamp":…,"index_name":"btc_usd"}`. */
export const readVolatility: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, Shapes.volatilityShape, stream)
  if (problem !== undefined) return problem
  const moment = { stream, timestamp: timeOf(item["timestamp"])!, receivedAt }
  return Records.volatilityIndex(moment, item["volatility"] as string)
}
