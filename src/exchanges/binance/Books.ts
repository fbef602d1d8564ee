import { noSequence } from "../../domain/Decoded.ts"
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
} from "./Fields.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import type { Read } from "./Reader.ts"
import { bboRecord, deltaRecord, snapshotRecord } from "./Records.ts"

/** `{"u":sequence,"s":"ETHUSDT","b":bid,"B":quantity,"a":ask,"A":quantity}`: spot sends neither event nor time. */
export const readBookTicker: Read = ({ e, u, s, b, B, a, A }, entry, receivedAt, output) => {
  if (e !== undefined && e !== "bookTicker") return rejectEvent(output, "bookTicker", e)
  if (!isNatural(u)) return rejectField(output, "data.u", aNatural, u)
  if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isPlainDecimal(b)) return rejectField(output, "data.b", aDecimal, b)
  if (!isPlainDecimal(B)) return rejectField(output, "data.B", aDecimal, B)
  if (!isPlainDecimal(a)) return rejectField(output, "data.a", aDecimal, a)
  if (!isPlainDecimal(A)) return rejectField(output, "data.A", aDecimal, A)
  output.records.push(bboRecord(entry.stream, receivedAt, 0, b, B, a, A, String(u)))
}

/** `{"e":"depthUpdate","E":…,"s":…,"U":first,"u":last,"b":[[price,quantity],…],"a":…}`; quantity 0 removes. */
export const readDelta: Read = ({ e, E, s, U, u, b, a }, entry, receivedAt, output) => {
  if (e !== "depthUpdate") return rejectEvent(output, "depthUpdate", e)
  if (!isEventTime(E)) return rejectField(output, "data.E", aTime, E)
  if (s !== entry.stream.instrument.native) return rejectSymbol(output, "data.s", entry, s)
  if (!isNatural(U)) return rejectField(output, "data.U", aNatural, U)
  if (!isNatural(u)) return rejectField(output, "data.u", aNatural, u)
  if (U > u) return reject(output, "bad_number", mismatch("data.U", `at most data.u, ${u}`, U))
  const bids = levelsText(b, "bids")
  if (bids === undefined) return reject(output, "bad_levels", describeLevels("data.b", b))
  const asks = levelsText(a, "asks")
  if (asks === undefined) return reject(output, "bad_levels", describeLevels("data.a", a))
  output.records.push(
    deltaRecord(entry.stream, receivedAt, E, bids, asks, String(U), U, String(u), u, "", noSequence),
  )
}

/** `{"lastUpdateId":…,"bids":[[price,quantity],…],"asks":…}`: spot's partial book has no event, time or symbol. */
export const readPartial: Read = ({ lastUpdateId, bids, asks }, entry, receivedAt, output) => {
  if (!isNatural(lastUpdateId)) return rejectField(output, "data.lastUpdateId", aNatural, lastUpdateId)
  const bidsText = levelsText(bids, "bids")
  if (bidsText === undefined) return reject(output, "bad_levels", describeLevels("data.bids", bids))
  const asksText = levelsText(asks, "asks")
  if (asksText === undefined) return reject(output, "bad_levels", describeLevels("data.asks", asks))
  const { stream } = entry
  const levels = stream.dataType.levels ?? 0
  output.records.push(snapshotRecord(stream, receivedAt, 0, bidsText, asksText, lastUpdateId, levels))
}
