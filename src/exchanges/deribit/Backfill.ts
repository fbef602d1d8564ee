import type { Decoded } from "../../domain/Decoded.ts"
import type { BackfillRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { isFields, mismatch } from "../wire/Fields.ts"
import { readTrade } from "./Readers.ts"

/** Rows of one answer. */
const rows = 1000

/** Trades by `trade_seq`. Charts do not say what is closed, so nothing of them is ever missed. */
export const deribitBackfill: BackfillRule = {
  requests: ({ dataType, instrument }, first, last) => {
    if (dataType.type !== "trade") return []
    const name = encodeURIComponent(instrument.native)
    const end = Math.min(last, first + rows - 1)
    const path = `/api/v2/public/get_last_trades_by_instrument?instrument_name=${name}&start_seq=${first}&end_seq=${end}&count=${rows}&sorting=asc`
    return [{ path, weight: 1, fromFirst: true }]
  },
  decode: (body, stream, receivedAt) => {
    const answer = parseExact(body.toString("utf8"))
    if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    const { error, result } = answer
    if (isFields(error))
      return {
        reason: "bad_field",
        detail: `the venue refused: ${String(error["code"])}: ${String(error["message"]).slice(0, 200)}`,
      }
    const trades = isFields(result) ? result["trades"] : undefined
    if (!Array.isArray(trades))
      return { reason: "bad_field", detail: mismatch("result.trades", "a list", trades) }
    const records: Array<Decoded> = []
    for (const row of trades) {
      if (!isFields(row)) return { reason: "bad_field", detail: mismatch("a row", "an object", row) }
      if (row["instrument_name"] !== stream.instrument.native)
        return {
          reason: "symbol_mismatch",
          detail: mismatch("instrument_name", stream.instrument.native, row["instrument_name"]),
        }
      const read = readTrade(row, stream, receivedAt)
      if (read === undefined || !("key" in read))
        return read as Exclude<typeof read, undefined | Decoded | ReadonlyArray<Decoded>>
      records.push(read)
    }
    return records.toSorted((left, right) => left.first - right.first)
  },
  isSparse: () => false,
}
