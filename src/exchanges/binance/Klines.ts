import { noSequence } from "../../domain/Decoded.ts"
import { isPlainDecimal } from "../../domain/DecimalText.ts"
import {
  aBoolean,
  aDecimal,
  aNatural,
  aTime,
  isEventTime,
  isFields,
  isNatural,
  isTime,
  mismatch,
  reject,
  rejectEvent,
  rejectField,
  rejectSymbol,
} from "./Fields.ts"
import type { Read } from "./Reader.ts"
import { type Counting, klineData, klineRecord, volumesOf } from "./Records.ts"

const decimals = ["o", "h", "l", "c", "v", "q"] as const

/**
 * `{"e":"kline","E":…,"s":…,"k":{"t":start,"T":end,"s":…,"i":"1m","o":…,"h":…,"l":…,"c":…,"v":…,"q":…,"n":trades,
 * "x":closed}}`: an open kline is sent again with every change, a closed one once.
 */
export const klineReader =
  (counting: Counting): Read =>
  ({ e, E, s, k }, entry, receivedAt, output) => {
    const { native } = entry.stream.instrument
    const { interval } = entry.stream.dataType
    if (e !== "kline") return rejectEvent(output, "kline", e)
    if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
    if (s !== native) return rejectSymbol(output, "data.s", entry, s)
    if (!isFields(k)) return reject(output, "bad_field", mismatch("data.k", "an object", k))
    if (!isTime(k["t"])) return rejectField(output, "data.k.t", aTime, k["t"])
    if (!isTime(k["T"])) return rejectField(output, "data.k.T", aTime, k["T"])
    if (k["s"] !== native) return rejectSymbol(output, "data.k.s", entry, k["s"])
    if (k["i"] !== interval) return reject(output, "bad_field", mismatch("data.k.i", `"${interval}"`, k["i"]))
    for (const name of decimals) {
      if (!isPlainDecimal(k[name])) return rejectField(output, `data.k.${name}`, aDecimal, k[name])
    }
    if (!isNatural(k["n"])) return rejectField(output, "data.k.n", aNatural, k["n"])
    if (typeof k["x"] !== "boolean") return rejectField(output, "data.k.x", aBoolean, k["x"])
    const key = `${interval}:${k["t"]}:${k["x"] ? "closed" : E}`
    const data = klineData({
      interval,
      startTime: k["t"],
      endTime: k["T"],
      open: k["o"],
      high: k["h"],
      low: k["l"],
      close: k["c"],
      ...volumesOf(counting, k["v"], k["q"]),
      trades: k["n"],
      closed: k["x"],
    })
    const last = k["x"] ? k["T"] : noSequence
    output.records.push(klineRecord(entry.stream, receivedAt, E, key, data, k["t"], last))
  }

export const readKline = klineReader("assets")
