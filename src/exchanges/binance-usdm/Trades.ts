import { isPlainDecimal } from "../../domain/DecimalText.ts"
import {
  aBoolean,
  aDecimal,
  aNatural,
  aTime,
  isEventTime,
  isNatural,
  isTime,
  rejectEvent,
  rejectField,
  rejectSymbol,
} from "../binance/Fields.ts"
import type { Read } from "../binance/Reader.ts"
import { tradeRecord } from "../binance/Records.ts"

/** Whether a plain decimal has no digit but zeros. */
export const isZero = (decimal: string): boolean => {
  for (let index = 0; index < decimal.length; index++) {
    const code = decimal.charCodeAt(index)
    if (code !== 48 && code !== 46) return false
  }
  return true
}

/**
 * Spot's, with `X`, how the trade came about. Anything but `MARKET` (`INSURANCE_FUND`, `ADL`, `NA`), and a price or
 * quantity of zero, happened beside the book: nobody's market data. Before 2022 there was no `X`.
 */
export const readTrade: Read = ({ e, E, T, s, t, p, q, X, m }, entry, receivedAt, output) => {
  if (e !== "trade") return rejectEvent(output, "trade", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (!isTime(T)) return rejectField(output, "data.T", aTime, T)
  if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isNatural(t)) return rejectField(output, "data.t", aNatural, t)
  if (!isPlainDecimal(p)) return rejectField(output, "data.p", aDecimal, p)
  if (!isPlainDecimal(q)) return rejectField(output, "data.q", aDecimal, q)
  if (X !== undefined && typeof X !== "string") return rejectField(output, "data.X", "a word", X)
  if (typeof m !== "boolean") return rejectField(output, "data.m", aBoolean, m)
  if ((X !== undefined && X !== "MARKET") || isZero(p) || isZero(q)) {
    output.skips.push("off_book")
    output.skipped.push({ stream: entry.stream, first: t, last: t, timestamp: E, receivedAt })
    return
  }
  output.records.push(tradeRecord(entry.stream, receivedAt, E, p, q, m, String(t), t, String(T)))
}
