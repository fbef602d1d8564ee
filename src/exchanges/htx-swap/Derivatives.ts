import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Read } from "../htx/Decoder.ts"
import { eachOf } from "../htx/Shared.ts"
import { type Fields, mismatch, show, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"

/** A notification's entry of another contract than its topic's. */
const foreign = (item: Fields, { stream }: Records.Moment): Reject | undefined => {
  const { native } = stream.instrument
  const code = item["contract_code"]
  if (typeof code === "string" && code.toUpperCase() === native) return undefined
  return {
    reason: "symbol_mismatch",
    detail: mismatch("data.contract_code", show(native), code),
    stream,
  }
}

const fundingShape = { funding_rate: Shape.signedDecimal, settlement_time: Shape.time }

/** `settlement_time`: when the rate is paid; `funding_time` is the minute in which it was counted. */
const fundingOf = (item: Fields, moment: Records.Moment): Decoded | Reject => {
  const problem = foreign(item, moment) ?? Shape.wrong("data", item, fundingShape, moment.stream)
  if (problem !== undefined) return problem
  const estimated = item["estimated_rate"]
  return Records.funding(moment, {
    rate: item["funding_rate"] as string,
    nextFundingTime: timeOf(item["settlement_time"]),
    intervalHours: undefined,
    markPrice: undefined,
    indexPrice: undefined,
    // The text "null" where there is none.
    predictedRate: Shape.signedDecimal.is(estimated) ? (estimated as string) : undefined,
    settled: undefined,
  })
}

export const readFunding: Read = ({ data }, moment) =>
  eachOf("data", data, moment.stream, (item) => fundingOf(item, moment))

const liquidationShape = {
  direction: Shape.oneOf("buy", "sell"),
  volume: Shape.decimal,
  price: Shape.decimal,
  created_at: Shape.time,
}

/** `direction` is the order's: who sells to close was long. `volume` counts contracts; `price` is that of bankruptcy. */
const liquidationOf = (item: Fields, moment: Records.Moment): Decoded | Reject => {
  const problem = foreign(item, moment) ?? Shape.wrong("data", item, liquidationShape, moment.stream)
  if (problem !== undefined) return problem
  return Records.liquidation(moment, {
    price: item["price"] as string,
    quantity: item["volume"] as string,
    side: item["direction"] as "buy" | "sell",
    averagePrice: undefined,
    filledQuantity: undefined,
    status: undefined,
    tradeTime: timeOf(item["created_at"])!,
  })
}

export const readLiquidations: Read = ({ data }, moment) =>
  eachOf("data", data, moment.stream, (item) => liquidationOf(item, moment))

/** The close of the minute's kline, which is the price now. */
export const readPrice: Read = (tick, moment) => {
  const problem = Shape.wrong("tick", tick, { close: Shape.decimal }, moment.stream)
  return problem ?? [Records.price(moment, tick["close"] as string)]
}
