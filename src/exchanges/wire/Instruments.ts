import type { Reject } from "../../domain/Decoded.ts"
import { isPlainDecimal } from "../../domain/DecimalText.ts"
import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import type { InstrumentAnswer } from "../Venue.ts"
import { type Fields, isFields, mismatch, timeOf } from "./Fields.ts"

/** Letters, digits and dots; neither marks nor anything that means something in a path. */
const name = /^(?!\.+$)[\p{L}\p{N}.]{1,32}$/u

/** A currency as canonical symbols have it; `undefined` for what is none. */
export const assetOf = (value: unknown): string | undefined =>
  typeof value === "string" && name.test(value) ? value.toUpperCase() : undefined

/** A native name that can stand in messages and paths. */
export const nativeOf = (value: unknown): string | undefined =>
  typeof value === "string" && /^[\p{L}\p{N}._/-]{1,80}$/u.test(value) ? value : undefined

/** A step of so many decimals: 2 is `0.01`. */
export const stepOf = (decimals: unknown): string | undefined => {
  const count = typeof decimals === "string" ? Number(decimals) : decimals
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > 40) return undefined
  return count === 0 ? "1" : `0.${"0".repeat(count - 1)}1`
}

const positive = (value: unknown): string | undefined =>
  isPlainDecimal(value) && /[1-9]/.test(value) ? value : undefined

/** The year 3000: what expires later, as some venues say of perpetuals, never does. */
const never = 32_503_593_600_000

/** What a row says besides the instrument's names; what is no number, 0 or empty is left out. */
export const terms = (said: {
  readonly contractValue?: { readonly amount: unknown; readonly unit: string } | undefined
  readonly tickSize?: unknown
  readonly lotSize?: unknown
  readonly listedAt?: unknown
  readonly expiresAt?: unknown
}): Pick<ListedInstrument, "contractValue" | "expiresAt" | "listedAt" | "lotSize" | "tickSize"> => {
  const amount = positive(said.contractValue?.amount)
  const tickSize = positive(said.tickSize)
  const lotSize = positive(said.lotSize)
  const listedAt = timeOf(said.listedAt)
  const expiresAt = timeOf(said.expiresAt)
  return {
    ...(amount === undefined ? {} : { contractValue: { amount, unit: said.contractValue!.unit } }),
    ...(tickSize === undefined ? {} : { tickSize }),
    ...(lotSize === undefined ? {} : { lotSize }),
    ...(listedAt === undefined ? {} : { listedAt }),
    ...(expiresAt === undefined || expiresAt >= never ? {} : { expiresAt }),
  }
}

/** An answer that is no list of instruments. */
export const notInstruments = (detail: string): Reject => ({ reason: "bad_field", detail })

/**
 * The rows of an answer: `read` gives an instrument, `undefined` for what we do not collect (combinations, dark pools), or
 * `"unreadable"`. Rows that cannot be read are counted; where none can, the answer is refused.
 */
export const readRows = (
  rows: unknown,
  read: (row: Fields) => ListedInstrument | "unreadable" | undefined,
): InstrumentAnswer | Reject => {
  if (!Array.isArray(rows)) return notInstruments(mismatch("the instruments", "a list", rows))
  const instruments: Array<ListedInstrument> = []
  const unreadable: Array<string> = []
  for (const row of rows) {
    const found = isFields(row) ? read(row) : "unreadable"
    if (found === "unreadable") unreadable.push(JSON.stringify(row).slice(0, 200))
    else if (found !== undefined) instruments.push(found)
  }
  if (instruments.length === 0 && unreadable.length > 0)
    return notInstruments(`not one of ${rows.length} instruments can be read, such as ${unreadable[0]}`)
  return { instruments, unreadable }
}
