import { maxTime } from "../wire/Fields.ts"

const written = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/

/**
 * Microseconds since the epoch of `2021-04-17T16:43:37.109951Z`, as every recorded time is written; fewer decimals are
 * filled up, more are cut. `undefined` where it is no time.
 */
export const microsOf = (value: unknown): number | undefined => {
  if (typeof value !== "string") return undefined
  const match = written.exec(value)
  if (match === null) return undefined
  const millis = Date.parse(`${match[1]!}Z`)
  if (!(millis > 0 && millis <= maxTime - 1000)) return undefined
  return millis * 1000 + Number((match[2] ?? "").padEnd(6, "0").slice(0, 6))
}

export const millisOf = (micros: number): number => Math.floor(micros / 1000)

export const aMoment = "a time such as 2021-04-17T16:43:37.109951Z"
