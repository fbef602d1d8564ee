import type { Decoded } from "../../domain/Decoded.ts"
import type { BackfillRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { isFields, mismatch } from "../wire/Fields.ts"
import { readTrade } from "./Readers.ts"

/** Rows of one answer at most. */
const rows = 1000

/** Trades by id: `after` asks for those older than an id, newest first. Their side is the maker's, as in the stream. */
export const coinbaseBackfill: BackfillRule = {
  requests: ({ dataType, instrument }, first, last) => {
    if (dataType.type !== "trade") return []
    const end = Math.min(last, first + rows - 1)
    const id = encodeURIComponent(instrument.native)
    const path = `/products/${id}/trades?after=${end + 1}&limit=${end - first + 1}`
    return [{ path, weight: 1, fromFirst: true }]
  },
  decode: (body, stream, receivedAt) => {
    const answer = parseJson(body.toString("utf8"))
    if (answer === undefined) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    if (!Array.isArray(answer)) {
      const said = isFields(answer) ? String(answer["message"]).slice(0, 200) : "no list"
      return { reason: "bad_field", detail: `the venue refused: ${said}` }
    }
    const records: Array<Decoded> = []
    for (const row of answer as ReadonlyArray<unknown>) {
      if (!isFields(row)) return { reason: "bad_field", detail: mismatch("a row", "an object", row) }
      const read = readTrade(row, stream, receivedAt)
      if ("reason" in read) return read
      records.push(read)
    }
    return records.toSorted((left, right) => left.first - right.first)
  },
  isSparse: () => false,
}
