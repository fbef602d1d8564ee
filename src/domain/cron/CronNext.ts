import type { Cron } from "./Cron.ts"
import { daysIn } from "./CronDays.ts"
import { changeWithin, type TimeZone, utc } from "./TimeZone.ts"

const day = 86_400_000

const atLeast = (values: ReadonlyArray<number>, least: number): ReadonlyArray<number> =>
  values[0]! >= least ? values : values.filter((value) => value >= least)

/** The first time of day, in seconds, that is no earlier than one. */
const timeOfDay = ({ hours, minutes, seconds }: Cron, earliest: number): number | undefined => {
  for (const hour of hours) {
    if (hour * 3600 + 3599 < earliest) continue
    for (const minute of minutes) {
      const start = hour * 3600 + minute * 60
      if (start + 59 < earliest) continue
      const second = seconds.find((each) => start + each >= earliest)
      if (second !== undefined) return start + second
    }
  }
  return undefined
}

/** The next match after a reading of the clock. Both stand for wall time, written as if it were UTC. */
const nextReading = (cron: Cron, after: number): number | undefined => {
  const { months, seconds, minutes, hours, years } = cron
  if ([months, seconds, minutes, hours, years].some((values) => values.length === 0)) return undefined
  const earliest = (Math.floor(after / 1000) + 1) * 1000
  const from = new Date(earliest)
  const fromYear = from.getUTCFullYear()
  for (const year of years) {
    if (year < fromYear) continue
    const fromMonth = year === fromYear ? from.getUTCMonth() + 1 : 0
    for (const month of atLeast(months, fromMonth)) {
      const fromDay = month === fromMonth ? from.getUTCDate() : 0
      for (const date of daysIn(year, month, cron.monthDays, cron.weekDays)) {
        if (date < fromDay) continue
        const midnight = Date.UTC(year, month - 1, date)
        const time = timeOfDay(cron, date === fromDay ? (earliest - midnight) / 1000 : 0)
        if (time !== undefined) return midnight + time * 1000
      }
    }
  }
  return undefined
}

/** The readings before this one have been shown by the clock already, when it was put back within the last day. */
const shownBefore = (zone: TimeZone, at: number): number => {
  const change = changeWithin(zone, at - day, at)
  return change === undefined ? -Infinity : change + zone.offsetAt(at - day)
}

/** Where clocks are put forward or back, fires that belong to fixed hours happen once. */
const nextInZone = (cron: Cron, after: number, zone: TimeZone): number | undefined => {
  const everyHour = cron.hours.length === 24
  let from = after
  let ahead = zone.offsetAt(from)
  let reading = from + ahead
  if (!everyHour) reading = Math.max(reading, shownBefore(zone, from) - 1)
  for (;;) {
    const next = nextReading(cron, reading)
    if (next === undefined) return undefined
    if (next - ahead - from > 3 * day) {
      // Nothing matches until then: on from shortly before, so that changes are looked for in days, not years.
      from = next - ahead - 2 * day
      ahead = zone.offsetAt(from)
      reading = from + ahead
      continue
    }
    const at = next - ahead
    const change = changeWithin(zone, from, at)
    if (change === undefined) return at
    const then = zone.offsetAt(change)
    // The clock jumps over the hour that was asked for: as soon as it has jumped.
    if (!everyHour && next < change + then) return change
    reading = (everyHour ? change + then : Math.max(change + then, change + ahead)) - 1
    from = change
    ahead = then
  }
}

/**
 * The first time after an instant at which an expression fires, in milliseconds since the epoch; `undefined` when it
 * never does again. Where the zone's clocks jump over a time that was asked for, it fires as soon as they have; a time
 * that they show twice fires once, unless the expression is for every hour: then hours are counted as they pass.
 */
export const nextFire = (cron: Cron, after: number, zone: TimeZone = utc): number | undefined =>
  zone === utc ? nextReading(cron, after) : nextInZone(cron, after, zone)

/** The next so many. */
export const nextFires = (
  cron: Cron,
  after: number,
  count: number,
  zone: TimeZone = utc,
): ReadonlyArray<number> => {
  const times: Array<number> = []
  for (let at = nextFire(cron, after, zone); at !== undefined && times.length < count;) {
    times.push(at)
    at = nextFire(cron, at, zone)
  }
  return times
}

/**
 * The sliding window of a timer: the first time it should have fired in `(last, now]`, or `undefined`. A tick that
 * comes late finds what it missed, and finds it once: several in one window are one firing, and the next window begins
 * at `now`.
 */
export const firesWithin = (
  cron: Cron,
  last: number,
  now: number,
  zone: TimeZone = utc,
): number | undefined => {
  const at = nextFire(cron, last, zone)
  return at !== undefined && at <= now ? at : undefined
}
