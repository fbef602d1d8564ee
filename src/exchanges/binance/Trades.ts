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
} from "./Fields.ts"
import type { Read } from "./Reader.ts"
import { aggregateRecord, tradeRecord } from "./Records.ts"

/** `{"e":"trade","E":…,"s":"ETHUSDT","t":id,"p":price,"q":quantity,"T":time,"m":the buyer was the maker}` */
export const readTrade: Read = ({ e, E, s, t, p, q, T, m }, entry, receivedAt, output) => {
  if (e !== "trade") return rejectEvent(output, "trade", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isNatural(t)) return rejectField(output, "data.t", aNatural, t)
  if (!isPlainDecimal(p)) return rejectField(output, "data.p", aDecimal, p)
  if (!isPlainDecimal(q)) return rejectField(output, "data.q", aDecimal, q)
  if (!isTime(T)) return rejectField(output, "data.T", aTime, T)
  if (typeof m !== "boolean") return rejectField(output, "data.m", aBoolean, m)
  output.records.push(tradeRecord(entry.stream, receivedAt, E, p, q, m, String(t), t, String(T)))
}

/** `{"e":"aggTrade","E":…,"s":…,"a":id,"p":…,"q":…,"f":first trade,"l":last trade,"T":…,"m":…}` */
export const readAggregate: Read = ({ e, E, s, a, p, q, f, l, T, m }, entry, receivedAt, output) => {
  if (e !== "aggTrade") return rejectEvent(output, "aggTrade", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isNatural(a)) return rejectField(output, "data.a", aNatural, a)
  if (!isPlainDecimal(p)) return rejectField(output, "data.p", aDecimal, p)
  if (!isPlainDecimal(q)) return rejectField(output, "data.q", aDecimal, q)
  if (!isNatural(f)) return rejectField(output, "data.f", aNatural, f)
  if (!isNatural(l)) return rejectField(output, "data.l", aNatural, l)
  if (!isTime(T)) return rejectField(output, "data.T", aTime, T)
  if (typeof m !== "boolean") return rejectField(output, "data.m", aBoolean, m)
  const { stream } = entry
  output.records.push(
    aggregateRecord(stream, receivedAt, E, p, q, m, String(a), a, String(T), String(f), String(l)),
  )
}
