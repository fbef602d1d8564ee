import { isPlainDecimal, isSignedDecimal } from "../../domain/DecimalText.ts"
import { aDecimal, aTime, isEventTime, isTime, rejectEvent, rejectField, rejectSymbol } from "./Fields.ts"
import type { Read } from "./Reader.ts"
import { type Counting, plainRecord, volumesOf } from "./Records.ts"

const needed = ["c", "o", "h", "l", "v", "q"] as const
const signed = ["p", "P"] as const
const optional = ["b", "B", "a", "A"] as const

/**
 * `{"e":"24hrTicker","E":…,"s":…,"p":change,"P":percent,"c":last,"o":…,"h":…,"l":…,"v":…,"q":…,"O":open time,
 * "C":close time}`, on spot with the best prices `b`, `B`, `a`, `A`.
 */
export const tickerReader =
  (counting: Counting): Read =>
  (data, entry, receivedAt, output) => {
    const { e, E, s, O, C } = data
    if (e !== "24hrTicker") return rejectEvent(output, "24hrTicker", e)
    if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
    if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
    for (const name of needed) {
      if (!isPlainDecimal(data[name])) return rejectField(output, `data.${name}`, aDecimal, data[name])
    }
    for (const name of signed) {
      if (!isSignedDecimal(data[name])) return rejectField(output, `data.${name}`, aDecimal, data[name])
    }
    for (const name of optional) {
      if (data[name] !== undefined && !isPlainDecimal(data[name])) {
        return rejectField(output, `data.${name}`, aDecimal, data[name])
      }
    }
    if (!isTime(O)) return rejectField(output, "data.O", aTime, O)
    if (!isTime(C)) return rejectField(output, "data.C", aTime, C)
    const record = {
      last: data["c"],
      open: data["o"],
      high: data["h"],
      low: data["l"],
      ...volumesOf(counting, data["v"], data["q"]),
      change: data["p"],
      changePercent: data["P"],
      // Left out of the text by `JSON.stringify` where the exchange does not send them.
      bid: data["b"],
      bidQuantity: data["B"],
      ask: data["a"],
      askQuantity: data["A"],
      openTime: O,
      closeTime: C,
    }
    output.records.push(plainRecord(entry.stream, receivedAt, E, String(E), record))
  }

export const readTicker = tickerReader("assets")
