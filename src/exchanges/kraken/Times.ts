import { maxTime } from "../wire/Fields.ts"

/*
 * Kraken's times are seconds with microseconds as text, `1618678133.365913`. Of those recorded every one has six
 * decimals.
 */

const written = /^(\d{1,12})\.(\d{6})$/

/** Microseconds since the epoch, which a double holds until the year 2255; `undefined` where it is no time. */
export const microsOf = (value: unknown): number | undefined => {
  if (typeof value !== "string") return undefined
  const match = written.exec(value)
  if (match === null) return undefined
  const micros = Number(match[1]! + match[2]!)
  return Number.isSafeInteger(micros) && micros >= 1000 && micros / 1000 <= maxTime ? micros : undefined
}

export const millisOf = (micros: number): number => Math.floor(micros / 1000)

export const aMoment = "seconds since the epoch with six decimals"
