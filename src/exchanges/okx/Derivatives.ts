import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, isFields, mismatch, timeOf } from "../wire/Fields.ts"
import * as Records from "../wire/Records.ts"
import * as Shape from "../wire/Shape.ts"
import type { Read } from "./Readers.ts"

const fundingShape = {
  fundingRate: Shape.signedDecimal,
  fundingTime: Shape.time,
  nextFundingTime: Shape.optional(Shape.time),
  nextFundingRate: Shape.optional(Shape.signedDecimal),
  ts: Shape.optional(Shape.time),
}

/** `fundingTime`: when the rate is paid; `nextFundingTime`: when the one after it is. */
export const readFunding: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, fundingShape, stream)
  if (problem !== undefined) return problem
  const paid = timeOf(item["fundingTime"])!
  const next = timeOf(item["nextFundingTime"])
  const hours = next === undefined ? undefined : (next - paid) / 3_600_000
  return Records.funding(
    { stream, timestamp: timeOf(item["ts"]) ?? 0, receivedAt },
    {
      rate: item["fundingRate"] as string,
      nextFundingTime: paid,
      intervalHours: hours === undefined || hours <= 0 ? undefined : hours,
      markPrice: undefined,
      indexPrice: undefined,
      predictedRate: Shape.textIn(item, "nextFundingRate"),
      settled: undefined,
    },
  )
}

const interestShape = { oi: Shape.decimal, ts: Shape.time }

/** `oi` counts contracts. */
export const readOpenInterest: Read = (item, stream, receivedAt) => {
  const problem = Shape.wrong("data", item, interestShape, stream)
  if (problem !== undefined) return problem
  const moment = { stream, timestamp: timeOf(item["ts"])!, receivedAt }
  return Records.openInterest(moment, { amount: item["oi"] as string, unit: "contracts", value: undefined })
}

/** A mark price, or an index price. */
export const readPrice =
  (field: "markPx" | "idxPx"): Read =>
  (item, stream, receivedAt) => {
    const problem = Shape.wrong("data", item, { [field]: Shape.decimal, ts: Shape.time }, stream)
    if (problem !== undefined) return problem
    return Records.price({ stream, timestamp: timeOf(item["ts"])!, receivedAt }, item[field] as string)
  }

const detailShape = {
  bkPx: Shape.decimal,
  sz: Shape.decimal,
  side: Shape.oneOf("buy", "sell"),
  ts: Shape.time,
}

/** An instrument's liquidations; each detail is one. `bkPx` is the price of bankruptcy; `side` the order's. */
export const readLiquidations = (
  item: Fields,
  stream: Stream,
  receivedAt: number,
): ReadonlyArray<Decoded | Reject> => {
  const { details } = item
  if (!Array.isArray(details))
    return [{ reason: "bad_field", detail: mismatch("data.details", "a list", details), stream }]
  return details.map((detail: unknown) => {
    if (!isFields(detail))
      return { reason: "bad_field", detail: mismatch("data.details", "a list of objects", detail), stream }
    const problem = Shape.wrong("data.details", detail, detailShape, stream)
    if (problem !== undefined) return problem
    const tradeTime = timeOf(detail["ts"])!
    return Records.liquidation(
      { stream, timestamp: tradeTime, receivedAt },
      {
        price: detail["bkPx"] as string,
        quantity: detail["sz"] as string,
        side: detail["side"] as "buy" | "sell",
        averagePrice: undefined,
        filledQuantity: undefined,
        status: undefined,
        tradeTime,
      },
    )
  })
}
