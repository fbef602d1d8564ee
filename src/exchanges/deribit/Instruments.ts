import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import { type InstrumentAnswer, type InstrumentRule, isRefusal } from "../Venue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { type Fields, isFields, show } from "../wire/Fields.ts"
import { notInstruments, readRows, terms } from "../wire/Instruments.ts"
import { countsQuote, deribitInstrument } from "./Names.ts"

const kinds: ReadonlySet<unknown> = new Set(["future", "option", "spot"])

const statusOf = ({ is_active, state }: Fields): ListedInstrument["status"] => {
  if (state === "created") return "upcoming"
  if (state === "halted" || state === "inactive") return "halted"
  return is_active === true ? "trading" : "ended"
}

/** Amounts of what is settled in its coin count dollars, all others the base; a contract is so much of either. */
const read = (row: Fields): ListedInstrument | "unreadable" | undefined => {
  const { instrument_name, kind } = row
  // Combinations of several instruments.
  if (kind === "future_combo" || kind === "option_combo") return undefined
  if (typeof instrument_name !== "string" || !kinds.has(kind)) return "unreadable"
  const named = deribitInstrument(instrument_name)
  if (isRefusal(named) || named.native !== instrument_name) return "unreadable"
  const unit = countsQuote(named) ? "quote" : "base"
  return {
    ...named,
    status: statusOf(row),
    quantityUnit: unit,
    ...terms({
      contractValue:
        named.market === "spot" ? undefined : { amount: row["contract_size"], unit: named[unit] },
      tickSize: row["tick_size"],
      lotSize: row["min_trade_amount"],
      listedAt: row["creation_timestamp"],
      expiresAt: row["expiration_timestamp"],
    }),
  }
}

/** The indices that instruments follow, which are in no list of their own. */
const indicesOf = (rows: unknown): ReadonlyArray<ListedInstrument> => {
  const found = new Map<string, ListedInstrument>()
  for (const row of Array.isArray(rows) ? rows : []) {
    const name: unknown = isFields(row) ? row["price_index"] : undefined
    if (typeof name !== "string" || found.has(name)) continue
    const named = deribitInstrument(name)
    if (!isRefusal(named) && named.native === name)
      found.set(name, { ...named, status: "trading", quantityUnit: "base" })
  }
  return [...found.values()]
}

/** Recorded in 2021 and 2022, currency by currency; `any` for all at once is by the documents. */
export const deribitInstruments: InstrumentRule = {
  markets: ["spot", "perpetual", "future", "option", "index"],
  requests: [{ path: "/api/v2/public/get_instruments?currency=any&expired=false", weight: 1 }],
  unlisted: ["index"],
  decode: (body) => {
    const answer = parseExact(body.toString("utf8"))
    if (!isFields(answer)) return notInstruments(`${body.length} bytes that are no object`)
    const { error, result } = answer
    if (error !== undefined)
      return notInstruments(
        `the venue refused: ${show(isFields(error) ? `${String(error["code"])} ${String(error["message"])}` : error)}`,
      )
    const listed = readRows(result, read)
    if ("reason" in listed) return listed
    return {
      ...listed,
      instruments: [...listed.instruments, ...indicesOf(result)],
    } satisfies InstrumentAnswer
  },
}
