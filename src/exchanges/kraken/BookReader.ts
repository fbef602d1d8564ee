import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { type Fields, isFields, mismatch } from "../wire/Fields.ts"
import { describeLevels, levelsText, type Side } from "../wire/Levels.ts"
import * as Records from "../wire/Records.ts"
import type { Read } from "./Readers.ts"
import { aMoment, microsOf, millisOf } from "./Times.ts"

/** `a` and `b` of a change, `as` and `bs` of a whole book: one of the sides over all parts of a message. */
const collect = (parts: ReadonlyArray<Fields>, name: string): ReadonlyArray<unknown> | undefined => {
  const all: Array<unknown> = []
  for (const part of parts) {
    const levels = part[name] ?? []
    if (!Array.isArray(levels)) return undefined
    all.push(...levels)
  }
  return all
}

/** The newest time of the levels; 0 where there are none, `undefined` where one is no time. */
const newestOf = (levels: ReadonlyArray<unknown>): number | undefined => {
  let newest = 0
  for (const level of levels) {
    const micros = microsOf((level as ReadonlyArray<unknown>)[2])
    if (micros === undefined) return undefined
    if (micros > newest) newest = micros
  }
  return newest
}

/**
 * `[{"as":[[price, volume, time], …],"bs":[…]}]`, then `[{"a":[…],"c":"974942666"}]`, or `{"a":…}` and `{"b":…,"c":…}` as
 * two parts of one message (recorded). A fourth field `"r"` says that a level is told again because it came back into
 * the depth.
 */
export const readBook: Read = (parts, stream, receivedAt) => {
  const bad = (detail: string): Reject => ({ reason: "bad_field", detail, stream })
  if (!parts.every(isFields)) return bad(mismatch("book", "an object or two", parts))
  const isWhole = parts.some((part) => "as" in part || "bs" in part)
  const text = (name: string, side: Side): string | Reject => {
    const levels = collect(parts, name)
    return (
      levelsText(levels, side) ?? {
        reason: "bad_levels",
        detail: describeLevels(name, levels),
        stream,
      }
    )
  }
  const [askName, bidName] = isWhole ? ["as", "bs"] : ["a", "b"]
  const asks = text(askName, "asks")
  if (typeof asks !== "string") return asks
  const bids = text(bidName, "bids")
  if (typeof bids !== "string") return bids
  const levels = [...collect(parts, askName)!, ...collect(parts, bidName)!]
  const newest = newestOf(levels)
  if (newest === undefined) return { reason: "bad_number", detail: `a level's time: ${aMoment}`, stream }
  if (isWhole) {
    // A book without a level has no time.
    const last = newest === 0 ? Math.floor(receivedAt * 1000) : newest
    return [Records.snapshot({ stream, timestamp: millisOf(newest), receivedAt }, { bids, asks }, last)]
  }
  if (levels.length === 0) return bad("a change of a book without a level")
  const sum = parts.find((part) => "c" in part)?.["c"]
  if (typeof sum !== "string" || !/^\d{1,10}$/.test(sum)) return bad(mismatch("c", "a checksum", sum))
  return [changed({ stream, timestamp: millisOf(newest), receivedAt }, bids, asks, newest, Number(sum))]
}

const changed = (
  moment: Records.Moment,
  bids: string,
  asks: string,
  last: number,
  checksum: number,
): Decoded => Records.delta(moment, { bids, asks, checksum }, { first: last, last })
