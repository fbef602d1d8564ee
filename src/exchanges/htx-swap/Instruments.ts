import type { InstrumentStatus } from "../../domain/ListedInstrument.ts"
import { rowsOf } from "../htx/Instruments.ts"
import { type InstrumentRule, isRefusal } from "../Venue.ts"
import { notInstruments, readRows, terms } from "../wire/Instruments.ts"
import { htxSwapInstrument, isCoinSettled } from "./Names.ts"

/** `contract_status`, by the documents; 1 and 3 were recorded. */
const statuses: ReadonlyMap<unknown, InstrumentStatus> = new Map<unknown, InstrumentStatus>([
  ["0", "ended"],
  ["1", "trading"],
  ["2", "upcoming"],
  ["3", "halted"],
  ["4", "halted"],
  ["5", "trading"],
  ["6", "ended"],
  ["7", "trading"],
  ["8", "ended"],
  ["9", "halted"],
])

/** `20201021` at midnight UTC. */
const timeOf = (date: unknown): number | undefined => {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(typeof date === "string" ? date : "") ?? []
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day))
}

/** Recorded in 2021: swaps that are settled in USDT and in the coin are listed apart. Quantities count contracts. */
export const htxSwapInstruments: InstrumentRule = {
  markets: ["perpetual"],
  requests: [
    { path: "/linear-swap-api/v1/swap_contract_info", weight: 1 },
    { path: "/swap-api/v1/swap_contract_info", weight: 1 },
  ],
  decode: (body) => {
    const read = rowsOf(body)
    if ("problem" in read) return notInstruments(read.problem)
    return readRows(read.rows, (row) => {
      const { business_type, contract_code } = row
      // Dated futures are on endpoints of their own.
      if (business_type !== undefined && business_type !== "swap") return undefined
      if (typeof contract_code !== "string") return "unreadable"
      const named = htxSwapInstrument(contract_code)
      if (isRefusal(named) || named.native !== contract_code) return "unreadable"
      return {
        ...named,
        status: statuses.get(row["contract_status"]) ?? "halted",
        quantityUnit: "contracts",
        ...terms({
          contractValue: {
            amount: row["contract_size"],
            unit: isCoinSettled(named) ? named.quote : named.base,
          },
          tickSize: row["price_tick"],
          lotSize: "1",
          listedAt: timeOf(row["create_date"]),
        }),
      }
    })
  },
}
