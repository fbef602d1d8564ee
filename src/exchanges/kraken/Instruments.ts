import type { InstrumentStatus } from "../../domain/ListedInstrument.ts"
import { type InstrumentRule, isRefusal } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { isFields, show } from "../wire/Fields.ts"
import { notInstruments, readRows, stepOf, terms } from "../wire/Instruments.ts"
import { krakenInstrument } from "./Names.ts"

/** By the documents; the recorded list of 2021 has no status yet: all in it was traded. */
const statuses: ReadonlyMap<unknown, InstrumentStatus> = new Map<unknown, InstrumentStatus>([
  [undefined, "trading"],
  ["online", "trading"],
  ["post_only", "trading"],
  ["limit_only", "trading"],
  ["reduce_only", "trading"],
  ["cancel_only", "halted"],
  ["delisted", "ended"],
])

/** Pairs by their name on the WebSocket; those without one (dark pools) are not on it. */
export const krakenInstruments: InstrumentRule = {
  markets: ["spot"],
  requests: [{ path: "/0/public/AssetPairs", weight: 1 }],
  decode: (body) => {
    const answer = parseExact(body.toString("utf8"))
    if (!isFields(answer)) return notInstruments(`${body.length} bytes that are no object`)
    const { error, result } = answer
    if (Array.isArray(error) && error.length > 0)
      return notInstruments(`the venue refused: ${show(String(error[0]))}`)
    const pairs = isFields(result) ? Object.values(result) : undefined
    return readRows(pairs, (row) => {
      const { wsname } = row
      if (wsname === undefined) return undefined
      const named = typeof wsname === "string" ? krakenInstrument(wsname) : undefined
      if (named === undefined || isRefusal(named) || named.native !== wsname) return "unreadable"
      return {
        ...named,
        status: statuses.get(row["status"]) ?? "halted",
        quantityUnit: "base",
        ...terms({
          tickSize: row["tick_size"] ?? stepOf(row["pair_decimals"]),
          lotSize: stepOf(row["lot_decimals"]),
        }),
      }
    })
  },
}
