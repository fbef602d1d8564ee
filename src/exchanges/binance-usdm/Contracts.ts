import { isPlainDecimal, isSignedDecimal } from "../../domain/DecimalText.ts"
import type { DataType } from "../../domain/DataType.ts"
import type { Market } from "../../domain/Instrument.ts"
import {
  aDecimal,
  aTime,
  isEventTime,
  isFields,
  isTime,
  mismatch,
  reject,
  rejectEvent,
  rejectField,
  rejectSymbol,
} from "../binance/Fields.ts"
import type { Read } from "../binance/Reader.ts"
import { plainRecord } from "../binance/Records.ts"

/*
 * What is told of contracts alone, on USD-M and COIN-M alike. No session of it was recorded.
 */

/** The words of it. */
export const contractOffers: ReadonlyArray<string> = [
  "mark_price",
  "index_price",
  "funding",
  "liquidation",
  "open_interest",
  ...["5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"].map((period) => `long_short_ratio_${period}`),
]

/** Funding and ratios are of what never ends. */
export const contractMarkets = ({ type }: DataType): ReadonlyArray<Market> | undefined =>
  type === "funding" || type === "long_short_ratio" ? ["perpetual"] : undefined

/**
 * `{"e":"markPriceUpdate","E":…,"s":…,"p":mark,"i":index,"P":…,"r":funding rate,"T":when it is paid}`. Of dated futures `r`
 * is empty and `T` 0; COIN-M has told `i` of late only.
 */
export const readMarkPrice: Read = ({ e, E, s, p, i, r, T }, entry, receivedAt, output) => {
  const { stream } = entry
  if (e !== "markPriceUpdate") return rejectEvent(output, "markPriceUpdate", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (s !== stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isPlainDecimal(p)) return rejectField(output, "data.p", aDecimal, p)
  if (i !== undefined && !isPlainDecimal(i)) return rejectField(output, "data.i", aDecimal, i)
  if (r !== undefined && r !== "" && !isSignedDecimal(r)) return rejectField(output, "data.r", aDecimal, r)
  if (T !== undefined && !isTime(T)) return rejectField(output, "data.T", aTime, T)
  const put = (data: object) => void output.records.push(plainRecord(stream, receivedAt, E, String(E), data))
  switch (stream.dataType.type) {
    case "funding":
      if (r === undefined || r === "") return
      return put({ rate: r, nextFundingTime: T === 0 ? undefined : T, markPrice: p, indexPrice: i })
    case "index_price":
      return i === undefined ? undefined : put({ price: i })
    default:
      return put({ price: p })
  }
}

const decimals = ["p", "q", "ap", "z"] as const
const sides = new Map<unknown, "buy" | "sell">([
  ["BUY", "buy"],
  ["SELL", "sell"],
])

/**
 * `{"e":"forceOrder","E":…,"o":{"s":…,"S":"SELL","q":quantity,"p":price,"ap":average,"X":"FILLED","l":…,"z":filled,"T":…}}`:
 * the largest liquidation of a symbol in each second, and `S` the order's side.
 */
export const readForceOrder: Read = ({ e, E, o }, entry, receivedAt, output) => {
  const { stream } = entry
  if (e !== "forceOrder") return rejectEvent(output, "forceOrder", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (!isFields(o)) return reject(output, "bad_field", mismatch("data.o", "an object", o))
  if (o["s"] !== stream.instrument.native) return rejectSymbol(output, "data.o.s", entry, o["s"])
  const side = sides.get(o["S"])
  if (side === undefined) return reject(output, "bad_field", mismatch("data.o.S", "BUY or SELL", o["S"]))
  for (const name of decimals)
    if (!isPlainDecimal(o[name])) return rejectField(output, `data.o.${name}`, aDecimal, o[name])
  const { X, T } = o
  if (typeof X !== "string" || X === "") return rejectField(output, "data.o.X", "a word", X)
  if (!isEventTime(T)) return rejectField(output, "data.o.T", aTime, T)
  const data = {
    price: o["p"],
    quantity: o["q"],
    side,
    averagePrice: o["ap"],
    filledQuantity: o["z"],
    status: X,
    tradeTime: T,
  }
  output.records.push(plainRecord(stream, receivedAt, E, `${T}:${side}:${o["p"]}:${o["q"]}`, data))
}
