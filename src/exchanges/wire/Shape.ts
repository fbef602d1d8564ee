import { isPlainDecimal, isSignedDecimal } from "../../domain/DecimalText.ts"
import type { Reject, RejectReason } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { aDecimal, aNatural, aTime, type Fields, mismatch, naturalOf, timeOf } from "./Fields.ts"

/** What a field has to be. */
export interface Kind {
  readonly is: (value: unknown) => boolean
  readonly wanted: string
  readonly reason: RejectReason
}

const kind = (is: Kind["is"], wanted: string, reason: RejectReason = "bad_number"): Kind => ({
  is,
  wanted,
  reason,
})

/** A decimal without a sign, as text. */
export const decimal = kind(isPlainDecimal, aDecimal)
/** One that may be negative. */
export const signedDecimal = kind(isSignedDecimal, `${aDecimal}, perhaps negative`)
/** An id, a sequence or a count that a double holds; a number or its digits. */
export const natural = kind((value) => naturalOf(value) !== undefined, aNatural)
/** Milliseconds, a number or its digits; not 0. */
export const time = kind((value) => timeOf(value) !== undefined, aTime)
export const text = kind((value) => typeof value === "string" && value !== "", "a text", "bad_field")
export const flag = kind((value) => typeof value === "boolean", "true or false", "bad_field")
export const list = kind(Array.isArray, "a list", "bad_field")
export const oneOf = (...words: ReadonlyArray<string>): Kind =>
  kind((value) => words.includes(value as string), `one of ${words.join(", ")}`, "bad_field")
/** It may be absent, `null`, or the empty text by which some venues say "none". */
export const optional = (inner: Kind): Kind =>
  kind(
    (value) => value === undefined || value === null || value === "" || inner.is(value),
    inner.wanted,
    inner.reason,
  )

/** The first field that is not what it has to be, as a reject of the stream; `undefined` where all are. */
export const wrong = (
  path: string,
  fields: Fields,
  shape: Readonly<Record<string, Kind>>,
  stream: Stream,
): Reject | undefined => {
  for (const name in shape) {
    const { is, reason, wanted } = shape[name]!
    const value = fields[name]
    if (is(value)) continue
    const isMissing = value === undefined || typeof value === "object"
    const detail = mismatch(`${path}.${name}`, wanted, value)
    return { reason: isMissing ? "bad_field" : reason, detail, stream }
  }
  return undefined
}

/** A checked text field; `undefined` where it is none or empty. */
export const textIn = (fields: Fields, name: string): string | undefined => {
  const value = fields[name]
  return typeof value === "string" && value !== "" ? value : undefined
}
