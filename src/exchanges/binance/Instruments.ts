import type { Market } from "../../domain/Instrument.ts"
import type { InstrumentStatus, ListedInstrument } from "../../domain/ListedInstrument.ts"
import type { InstrumentRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields } from "../wire/Fields.ts"
import { assetOf, nativeOf, notInstruments, readRows, terms } from "../wire/Instruments.ts"
import { errorText } from "./Controls.ts"

/** The words of spot and of futures. Of pairs that are off spot's list for good it says `BREAK` too. */
const statuses: ReadonlyMap<unknown, InstrumentStatus> = new Map<unknown, InstrumentStatus>([
  ["TRADING", "trading"],
  ["BREAK", "halted"],
  ["HALT", "halted"],
  ["AUCTION_MATCH", "halted"],
  ["POST_TRADING", "halted"],
  ["END_OF_DAY", "halted"],
  ["PRE_DELIVERING", "halted"],
  ["PRE_SETTLE", "halted"],
  ["PRE_TRADING", "upcoming"],
  ["PENDING_TRADING", "upcoming"],
  ["DELIVERING", "ended"],
  ["DELIVERED", "ended"],
  ["SETTLING", "ended"],
  ["CLOSE", "ended"],
])

/** Unknown words are those of a state we have not met: nothing is concluded from them. */
export const statusOf = (word: unknown): InstrumentStatus => statuses.get(word) ?? "halted"

const filterOf = (row: Fields, type: string): Fields =>
  (Array.isArray(row["filters"]) ? row["filters"] : []).find(
    (each): each is Fields => isFields(each) && each["filterType"] === type,
  ) ?? {}

/** The smallest steps, from the filters. */
export const stepsOf = (row: Fields) => ({
  tickSize: filterOf(row, "PRICE_FILTER")["tickSize"],
  lotSize: filterOf(row, "LOT_SIZE")["stepSize"],
})

/** `exchangeInfo`: every symbol in one answer, its numbers as text. */
export const exchangeInfo = (options: {
  readonly markets: ReadonlyArray<Market>
  readonly path: string
  readonly weight: number
  readonly parse?: (text: string) => unknown
  readonly read: (row: Fields) => ListedInstrument | "unreadable" | undefined
}): InstrumentRule => ({
  markets: options.markets,
  requests: [{ path: options.path, weight: options.weight }],
  decode: (body) => {
    const answer = (options.parse ?? parseJson)(body.toString("utf8"))
    if (!isFields(answer)) return notInstruments(`exchangeInfo: ${body.length} bytes that are no object`)
    const error = errorText(answer)
    if (error !== undefined) return notInstruments(`the venue refused: ${error}`)
    return readRows(answer["symbols"], options.read)
  },
})

/** Recorded in 2021. `permissionSets`, most of the answer since 2024, are left out of it. */
export const spotInstruments = exchangeInfo({
  markets: ["spot"],
  path: "/api/v3/exchangeInfo?showPermissionSets=false",
  weight: 20,
  read: (row) => {
    const base = assetOf(row["baseAsset"])
    const quote = assetOf(row["quoteAsset"])
    const native = nativeOf(row["symbol"])
    if (base === undefined || quote === undefined || native === undefined) return "unreadable"
    return {
      exchange: "binance",
      market: "spot",
      base,
      quote,
      symbol: `${base}-${quote}`,
      native,
      status: statusOf(row["status"]),
      quantityUnit: "base",
      ...terms(stepsOf(row)),
    }
  },
})
