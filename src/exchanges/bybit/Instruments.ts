import type { InstrumentStatus, ListedInstrument } from "../../domain/ListedInstrument.ts"
import type { InstrumentRequest, InstrumentRule } from "../Venue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, show, timeOf } from "../wire/Fields.ts"
import { assetOf, nativeOf, notInstruments, readRows, terms } from "../wire/Instruments.ts"
import { categories, type Category } from "./Names.ts"

const statuses: ReadonlyMap<unknown, InstrumentStatus> = new Map<unknown, InstrumentStatus>([
  ["Trading", "trading"],
  ["PreLaunch", "upcoming"],
  ["Settling", "halted"],
  ["Delivering", "ended"],
  ["Closed", "ended"],
])

/** As many as one answer may have; spot gives all at once. */
const pathOf = (category: Category): string =>
  `/v5/market/instruments-info?category=${category}${category === "spot" ? "" : "&limit=1000"}`

const dayOf = (deliveryTime: unknown): string | undefined => {
  const time = timeOf(deliveryTime)
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 10).replaceAll("-", "")
}

const filter = (row: Fields, name: string): Fields => {
  const value = row[name]
  return isFields(value) ? value : {}
}

const readOf =
  (category: Category) =>
  (row: Fields): ListedInstrument | "unreadable" | undefined => {
    const base = assetOf(row["baseCoin"])
    const quote = assetOf(row["quoteCoin"])
    const native = nativeOf(row["symbol"])
    if (base === undefined || quote === undefined || native === undefined) return "unreadable"
    const lot = filter(row, "lotSizeFilter")
    const price = filter(row, "priceFilter")
    const common = {
      exchange: "bybit",
      base,
      quote,
      native,
      status: statuses.get(row["status"]) ?? "halted",
    } as const
    if (category === "spot")
      return {
        ...common,
        market: "spot",
        symbol: `${base}-${quote}`,
        quantityUnit: "base",
        ...terms({ tickSize: price["tickSize"], lotSize: lot["basePrecision"] }),
      }
    const isFuture = typeof row["contractType"] === "string" && row["contractType"].endsWith("Futures")
    const day = isFuture ? dayOf(row["deliveryTime"]) : undefined
    if (isFuture && day === undefined) return "unreadable"
    const inverse = category === "inverse"
    return {
      ...common,
      market: isFuture ? "future" : "perpetual",
      symbol: `${base}-${quote}-${day ?? "PERP"}`,
      quantityUnit: inverse ? "quote" : "base",
      ...terms({
        contractValue: inverse ? { amount: "1", unit: quote } : undefined,
        tickSize: price["tickSize"],
        lotSize: lot["qtyStep"],
        listedAt: row["launchTime"],
        expiresAt: isFuture ? row["deliveryTime"] : undefined,
      }),
    }
  }

const categoryOf = (path: string): Category | undefined =>
  categories.find((each) => path.startsWith(pathOf(each)))

/** By the documents. Inverse contracts are of one dollar each, and quantities count them. */
export const bybitInstruments: InstrumentRule = {
  markets: ["spot", "perpetual", "future"],
  requests: categories.map((category): InstrumentRequest => ({ path: pathOf(category), weight: 1 })),
  decode: (body, { path }) => {
    const answer = parseJson(body.toString("utf8"))
    if (!isFields(answer)) return notInstruments(`${body.length} bytes that are no object`)
    const { result, retCode, retMsg } = answer
    if (retCode !== 0 || !isFields(result))
      return notInstruments(`the venue refused: ${show(retCode)} ${show(retMsg)}`)
    const category = categoryOf(path) ?? "spot"
    const read = readRows(result["list"], readOf(category))
    const cursor = result["nextPageCursor"]
    if ("reason" in read || typeof cursor !== "string" || cursor === "") return read
    // It comes escaped already.
    const next = `${pathOf(category)}&cursor=${encodeURIComponent(decode(cursor))}`
    return { ...read, more: next === path ? [] : [{ path: next, weight: 1 }] }
  },
}

const decode = (cursor: string): string => {
  try {
    return decodeURIComponent(cursor)
  } catch {
    return cursor
  }
}
