import type { InstrumentStatus } from "../../domain/ListedInstrument.ts"
import type { InstrumentRule } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { isFields, show } from "../wire/Fields.ts"
import { assetOf, nativeOf, notInstruments, readRows, stepOf, terms } from "../wire/Instruments.ts"

const statuses: ReadonlyMap<unknown, InstrumentStatus> = new Map<unknown, InstrumentStatus>([
  ["online", "trading"],
  ["suspend", "halted"],
  ["fuse", "halted"],
  ["pre-online", "upcoming"],
  ["not-online", "upcoming"],
  ["offline", "ended"],
  ["transfer-board", "ended"],
])

/** Rows of HTX's answers, whichever of its APIs gave them. */
export const rowsOf = (body: Buffer): { readonly rows: unknown } | { readonly problem: string } => {
  const answer = parseExact(body.toString("utf8"))
  if (!isFields(answer)) return { problem: `${body.length} bytes that are no object` }
  const { data, status } = answer
  if (status === "ok") return { rows: data }
  const why = answer["err-msg"] ?? answer["err_msg"] ?? answer["err-code"] ?? answer["err_code"]
  return { problem: `the venue refused: ${show(why)}` }
}

/** Recorded in 2021. Its steps are so many decimals. */
export const htxInstruments: InstrumentRule = {
  markets: ["spot"],
  requests: [{ path: "/v1/common/symbols", weight: 1 }],
  decode: (body) => {
    const read = rowsOf(body)
    if ("problem" in read) return notInstruments(read.problem)
    return readRows(read.rows, (row) => {
      const base = assetOf(row["base-currency"])
      const quote = assetOf(row["quote-currency"])
      const native = nativeOf(row["symbol"])
      if (base === undefined || quote === undefined || native === undefined) return "unreadable"
      return {
        exchange: "htx",
        market: "spot",
        base,
        quote,
        symbol: `${base}-${quote}`,
        native,
        status: statuses.get(row["state"]) ?? "halted",
        quantityUnit: "base",
        ...terms({
          tickSize: stepOf(row["price-precision"]),
          lotSize: stepOf(row["amount-precision"]),
        }),
      }
    })
  },
}
