import type { Output, RejectReason } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"

/*
 * What the guarded decoders of all venues check fields with. Nothing here throws, whatever it is given.
 */

/** An object of a parsed message, nothing about it known. */
export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The last millisecond of the year 9999. What lies beyond is no time in milliseconds, and no file can be dated by it. */
export const maxTime = 253_402_300_799_999

/** Milliseconds since the epoch. */
export const isTime = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= maxTime

/** The time of an event; 0 is not one, because `Decoded` means "none" by it. */
export const isEventTime = (value: unknown): value is number => isTime(value) && value > 0

/** An id, a sequence or a count. `JSON.parse` rounds what a double cannot hold, so that is refused. */
export const isNatural = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

/** An integer from 0 to 2^53 - 1 that comes as a number or as its digits; `undefined` for anything else. */
export const naturalOf = (value: unknown): number | undefined => {
  if (isNatural(value)) return value
  if (typeof value !== "string" || !/^\d{1,16}$/.test(value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}

/** An event's time in milliseconds, as a number or as its digits. */
export const timeOf = (value: unknown): number | undefined => {
  const number = naturalOf(value)
  return isEventTime(number) ? number : undefined
}

export const aTime = "milliseconds since the epoch, before the year 10000"
export const aNatural = "an integer from 0 to 2^53 - 1"
export const aDecimal = "a plain decimal as text"
export const aBoolean = "true or false"

/** A value in few words, however large or deep it is. */
export const show = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object" && value !== null) return "an object"
  return JSON.stringify(typeof value === "string" && value.length > 60 ? `${value.slice(0, 60)}…` : value)
}

/** `stream`: the one that the frame names, something of which is missing now. */
export const reject = (output: Output, reason: RejectReason, detail: string, stream?: Stream): void => {
  output.rejects.push(stream === undefined ? { reason, detail } : { reason, detail, stream })
}

/** What was wanted and what came, for a person. */
export const mismatch = (field: string, wanted: string, got: unknown): string =>
  `${field}: ${wanted}, got ${show(got)}`

const numbers: ReadonlySet<string> = new Set([aTime, aNatural])

/** A field of the wrong type, or of the right type with a value that is no such number. */
export const rejectField = (
  output: Output,
  field: string,
  wanted: string,
  got: unknown,
  stream?: Stream,
): void => {
  const type = numbers.has(wanted) ? "number" : wanted === aDecimal ? "string" : "none"
  reject(output, typeof got === type ? "bad_number" : "bad_field", mismatch(field, wanted, got), stream)
}
