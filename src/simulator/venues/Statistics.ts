import { hash } from "../market/Hash.ts"
import type { SymbolMarket } from "../market/SymbolMarket.ts"

/*
 * What venues tell of the past besides trades and klines, as a function of the market and the time.
 */

/** Multiples of a period from one moment to another, both included, the newest first; at most so many of the newest. */
export const newestTimes = (
  everyMillis: number,
  from: number,
  to: number,
  limit: number,
): ReadonlyArray<number> => {
  const times: Array<number> = []
  for (
    let at = Math.floor(to / everyMillis) * everyMillis;
    at >= from && times.length < limit;
    at -= everyMillis
  )
    times.push(at)
  return times
}

/** The same from the oldest on. */
export const oldestTimes = (
  everyMillis: number,
  from: number,
  to: number,
  limit: number,
): ReadonlyArray<number> => {
  const times: Array<number> = []
  for (
    let at = Math.ceil(from / everyMillis) * everyMillis;
    at <= to && times.length < limit;
    at += everyMillis
  )
    times.push(at)
  return times
}

/** How often funding is paid. */
export const fundingMillis = 28_800_000

/** What was paid at a time: a few hundredths of a percent, now and then the other way round. */
export const fundingRate = ({ market }: SymbolMarket, time: number): string => {
  const dice = hash(market.seed + 71, Math.floor(time / 60_000))
  return `${dice % 5 === 0 ? "-" : ""}0.000${String(dice % 1000).padStart(3, "0")}`
}

/** What was open at a time, in units. */
export const openUnits = ({ market }: SymbolMarket, time: number): number =>
  1_000_000 + (hash(market.seed + 73, Math.floor(time / 60_000)) % 100_000)

/** A whole number of a query; `undefined` where it is none. */
export const whole = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name)
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

/** How many rows are asked for: at least one, and no more than the venue gives. */
export const limitOf = (query: URLSearchParams, name: string, usual: number, most: number): number =>
  Math.max(1, Math.min(most, whole(query, name) ?? usual))

/** What stands in a message between two texts. */
export const between = (text: string, before: string, after: string): string =>
  text.slice(text.indexOf(before) + before.length, text.length - after.length)
