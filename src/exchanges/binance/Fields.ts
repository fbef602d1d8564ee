import type { Output } from "../../domain/Decoded.ts"
import { mismatch, reject } from "../wire/Fields.ts"
import type { Entry } from "./Catalogue.ts"

export * from "../wire/Fields.ts"

/** A message of another event than its stream carries. */
export const rejectEvent = (output: Output, wanted: string, got: unknown): void =>
  reject(
    output,
    typeof got === "string" ? "unknown_event" : "bad_field",
    mismatch("data.e", JSON.stringify(wanted), got),
  )

/** A message of another symbol than its stream's. */
export const rejectSymbol = (output: Output, field: string, entry: Entry, got: unknown): void =>
  reject(
    output,
    typeof got === "string" ? "symbol_mismatch" : "bad_field",
    mismatch(field, entry.symbolText, got),
  )
