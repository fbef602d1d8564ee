import type { BackfillRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { isFields } from "../wire/Fields.ts"
import { tradeOf } from "./Readers.ts"
import { eachOf } from "./Shared.ts"

/** Groups of fills that one answer holds at most; it is always the newest. */
const newest = 2000

/** The newest fills, by their id. Older ones HTX does not give, and of klines none are told as closed. */
export const htxBackfill: BackfillRule = {
  requests: ({ dataType, instrument }) =>
    dataType.type === "trade"
      ? [
          {
            path: `/market/history/trade?symbol=${encodeURIComponent(instrument.native)}&size=${newest}`,
            weight: 1,
            fromFirst: false,
          },
        ]
      : [],
  decode: (body, stream, receivedAt) => {
    const answer = parseExact(body.toString("utf8"))
    if (!isFields(answer)) return { reason: "not_json", detail: `an answer of ${body.length} bytes` }
    if (answer["status"] !== "ok") {
      const said = `${String(answer["err-code"])}: ${String(answer["err-msg"])}`
      return { reason: "bad_field", detail: `the venue refused: ${said.slice(0, 200)}` }
    }
    const { data } = answer
    const groups = Array.isArray(data) ? data : [data]
    const records = groups.map((group: unknown) =>
      eachOf("data.data", isFields(group) ? group["data"] : group, stream, (item) => {
        // A row's time is that of its trade.
        const timestamp = Number(item["ts"])
        const fill = { ...item, tradeId: item["trade-id"] }
        return tradeOf(fill, { stream, timestamp, receivedAt })
      }),
    )
    const wrong = records.find((each) => "reason" in each)
    if (wrong !== undefined && "reason" in wrong) return wrong
    return records.flatMap((each) => ("reason" in each ? [] : each)).toSorted((a, b) => a.first - b.first)
  },
  isSparse: () => false,
}
