import { isPlainDecimal } from "../../domain/DecimalText.ts"
import {
  aDecimal,
  aNatural,
  aTime,
  isEventTime,
  isNatural,
  mismatch,
  reject,
  rejectEvent,
  rejectField,
  rejectSymbol,
} from "../binance/Fields.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import type { Read } from "../binance/Reader.ts"
import { bboRecord, deltaRecord, snapshotRecord } from "../binance/Records.ts"

/** Spot's, with the event's name and time. */
export const readBookTicker: Read = ({ e, E, u, s, b, B, a, A }, entry, receivedAt, output) => {
  if (e !== "bookTicker") return rejectEvent(output, "bookTicker", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (!isNatural(u)) return rejectField(output, "data.u", aNatural, u)
  if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isPlainDecimal(b)) return rejectField(output, "data.b", aDecimal, b)
  if (!isPlainDecimal(B)) return rejectField(output, "data.B", aDecimal, B)
  if (!isPlainDecimal(a)) return rejectField(output, "data.a", aDecimal, a)
  if (!isPlainDecimal(A)) return rejectField(output, "data.A", aDecimal, A)
  output.records.push(bboRecord(entry.stream, receivedAt, E, b, B, a, A, String(u)))
}

/** Spot's, with `pu`, the last sequence of the delta before. Bids come ascending on the wire. */
export const readDelta: Read = ({ e, E, s, U, u, pu, b, a }, entry, receivedAt, output) => {
  if (e !== "depthUpdate") return rejectEvent(output, "depthUpdate", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isNatural(U)) return rejectField(output, "data.U", aNatural, U)
  if (!isNatural(u)) return rejectField(output, "data.u", aNatural, u)
  if (U > u) return reject(output, "bad_number", mismatch("data.U", `at most data.u, ${u}`, U))
  if (!isNatural(pu)) return rejectField(output, "data.pu", aNatural, pu)
  const bids = levelsText(b, "bids")
  if (bids === undefined) return reject(output, "bad_levels", describeLevels("data.b", b))
  const asks = levelsText(a, "asks")
  if (asks === undefined) return reject(output, "bad_levels", describeLevels("data.a", a))
  output.records.push(
    deltaRecord(entry.stream, receivedAt, E, bids, asks, String(U), U, String(u), u, String(pu), pu),
  )
}

/** A partial book: a `depthUpdate` like a delta, told apart by its stream alone. Its last sequence is the book's. */
export const readPartial: Read = ({ e, E, s, u, b, a }, entry, receivedAt, output) => {
  if (e !== "depthUpdate") return rejectEvent(output, "depthUpdate", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isNatural(u)) return rejectField(output, "data.u", aNatural, u)
  const bids = levelsText(b, "bids")
  if (bids === undefined) return reject(output, "bad_levels", describeLevels("data.b", b))
  const asks = levelsText(a, "asks")
  if (asks === undefined) return reject(output, "bad_levels", describeLevels("data.a", a))
  const { stream } = entry
  output.records.push(snapshotRecord(stream, receivedAt, E, bids, asks, u, stream.dataType.levels ?? 0))
}
