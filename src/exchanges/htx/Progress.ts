import { compareDecimals } from "../../domain/DecimalText.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Progress, ProgressRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { isFields, naturalOf } from "../wire/Fields.ts"

/** The newest trade of an answer: `{"status":"ok","tick":{"data":[{"trade-id":…},…]}}`. */
const newestTrade = (body: Buffer, field: "trade-id" | "id"): Progress | undefined => {
  const answer = parseExact(body.toString("utf8"))
  if (!isFields(answer) || answer["status"] !== "ok" || !isFields(answer["tick"])) return undefined
  const { data } = answer["tick"]
  if (!Array.isArray(data)) return undefined
  let newest = ""
  for (const row of data) {
    const id: unknown = isFields(row) ? row[field] : undefined
    if (typeof id !== "string" || !/^\d+$/.test(id)) return undefined
    if (newest === "" || compareDecimals(id, newest) > 0) newest = id
  }
  // Of swaps an id has more digits than a number holds, and is no sequence of a record.
  const sequence = field === "id" ? undefined : naturalOf(newest)
  return sequence === undefined ? { mark: newest } : { mark: newest, sequence }
}

/**
 * Whether there were trades that a silent stream did not tell: HTX acknowledges instruments that it does not serve. Of
 * other channels no answer shows exactly what the stream would have told.
 */
export const htxProgress = (pathOf: (stream: Stream) => string, field: "trade-id" | "id"): ProgressRule => ({
  request: (stream) => (stream.dataType.type === "trade" ? { path: pathOf(stream), weight: 1 } : undefined),
  read: (body) => newestTrade(body, field),
})
