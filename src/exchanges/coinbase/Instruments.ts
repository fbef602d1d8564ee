import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import type { InstrumentRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, show } from "../wire/Fields.ts"
import { assetOf, notInstruments, readRows, terms } from "../wire/Instruments.ts"

const statusOf = ({ status, trading_disabled }: Fields): ListedInstrument["status"] => {
  if (status === "delisted") return "ended"
  return status === "online" && trading_disabled !== true ? "trading" : "halted"
}

/** Recorded in 2021. */
export const coinbaseInstruments: InstrumentRule = {
  markets: ["spot"],
  requests: [{ path: "/products", weight: 1 }],
  decode: (body) => {
    const answer = parseJson(body.toString("utf8"))
    if (isFields(answer)) return notInstruments(`the venue refused: ${show(answer["message"])}`)
    return readRows(answer, (row) => {
      const base = assetOf(row["base_currency"])
      const quote = assetOf(row["quote_currency"])
      // Not for the public.
      if (row["status"] === "internal") return undefined
      if (base === undefined || quote === undefined || row["id"] !== `${base}-${quote}`) return "unreadable"
      return {
        exchange: "coinbase",
        market: "spot",
        base,
        quote,
        symbol: row["id"],
        native: row["id"],
        status: statusOf(row),
        quantityUnit: "base",
        ...terms({ tickSize: row["quote_increment"], lotSize: row["base_increment"] }),
      }
    })
  },
}
