import { Decimal } from "../../domain/Decimal.ts"
import { isPlainDecimal } from "../../domain/DecimalText.ts"
import type { InstrumentStatus, ListedInstrument } from "../../domain/ListedInstrument.ts"
import { type InstrumentRequest, type InstrumentRule, isRefusal } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, show } from "../wire/Fields.ts"
import { assetOf, notInstruments, readRows, terms } from "../wire/Instruments.ts"
import { okxInstrument } from "./Names.ts"

const statuses: ReadonlyMap<unknown, InstrumentStatus> = new Map<unknown, InstrumentStatus>([
  ["live", "trading"],
  ["post_only", "trading"],
  ["suspend", "halted"],
  ["rebase", "halted"],
  ["preopen", "upcoming"],
  ["settling", "ended"],
  ["expired", "ended"],
])

/** Limited apart from the rest, 20 in two seconds each. */
const of = (query: string): InstrumentRequest => ({
  path: `/api/v5/public/instruments?instType=${query}`,
  weight: 1,
})

/** Options are listed by their family alone: these are asked for first. */
const families: InstrumentRequest = { path: "/api/v5/public/underlying?instType=OPTION", weight: 1 }

/** What a contract is worth is a value times a multiplier (1 and 0.1 of an option on a bitcoin, in 2022). */
const contractValueOf = ({ ctMult, ctVal, ctValCcy }: Fields): ListedInstrument["contractValue"] => {
  if (!isPlainDecimal(ctVal) || typeof ctValCcy !== "string") return undefined
  const isMultiplied = isPlainDecimal(ctMult) && ctMult !== "1"
  return {
    amount: isMultiplied ? new Decimal(ctVal).times(new Decimal(ctMult)).toFixed() : ctVal,
    unit: ctValCcy,
  }
}

const read = (row: Fields): ListedInstrument | "unreadable" | undefined => {
  const { baseCcy, instId, instType, quoteCcy, state } = row
  if (typeof instId !== "string") return "unreadable"
  // Made for tests of their own.
  if (state === "test") return undefined
  const named = okxInstrument(instId)
  const isSpot = instType === "SPOT"
  const base = assetOf(isSpot ? baseCcy : instId.split("-")[0])
  const quote = assetOf(isSpot ? quoteCcy : instId.split("-")[1])
  if (isRefusal(named) || named.native !== instId || base === undefined || quote === undefined)
    return "unreadable"
  return {
    ...named,
    status: statuses.get(state) ?? "halted",
    quantityUnit: isSpot ? "base" : "contracts",
    ...terms({
      contractValue: isSpot ? undefined : contractValueOf(row),
      tickSize: row["tickSz"],
      lotSize: row["lotSz"],
      listedAt: row["listTime"],
      expiresAt: row["expTime"],
    }),
  }
}

/** Recorded in 2022, but for the families of options, which are by the documents. */
export const okxInstruments: InstrumentRule = {
  markets: ["spot", "perpetual", "future", "option"],
  requests: [of("SPOT"), of("SWAP"), of("FUTURES"), families],
  decode: (body, request) => {
    const answer = parseJson(body.toString("utf8"))
    if (!isFields(answer)) return notInstruments(`${body.length} bytes that are no object`)
    const { code, data, msg } = answer
    if (code !== "0") return notInstruments(`the venue refused: ${show(code)} ${show(msg)}`)
    if (request.path !== families.path) return readRows(data, read)
    const names = Array.isArray(data) && Array.isArray(data[0]) ? (data[0] as ReadonlyArray<unknown>) : []
    return {
      instruments: [],
      unreadable: [],
      more: names.flatMap((name) =>
        typeof name === "string" ? [of(`OPTION&uly=${encodeURIComponent(name)}`)] : [],
      ),
    }
  },
}
