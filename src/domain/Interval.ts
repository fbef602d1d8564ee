/**
 * The intervals of tasks, `5m` or `1h`: a number and a unit, by which a moment is divided. `m` divides the minute of the
 * hour; `h` the hour of the day, at minute 0; `d` the days since 1970, at 00:00; `w` the ISO week, Monday at 00:00; `M`
 * the month, on its 1st at 00:00. All in UTC, to the minute.
 */
interface Interval {
  readonly count: number
  readonly unit: Unit
}

type Unit = "m" | "h" | "d" | "w" | "M"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const week = 7 * day

const pattern = /^([1-9]\d{0,5})([mhdwM])$/

const parse = (text: string): Interval | undefined => {
  const match = pattern.exec(text)
  return match === null ? undefined : { count: Number(match[1]), unit: match[2] as Unit }
}

export const isInterval = (text: string): boolean => pattern.test(text)

/** The week of its year that a Monday begins, as ISO 8601 counts them: the first is that of the first Thursday. */
const isoWeek = (monday: number): number => {
  const thursday = monday + 3 * day
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)
  return Math.floor((thursday - newYear) / week) + 1
}

/** The epoch began on a Thursday. */
const firstMonday = 4 * day

/** The latest start of a unit at or before a moment. */
const unitStart = (unit: Unit, at: number): number => {
  if (unit === "m") return Math.floor(at / minute) * minute
  if (unit === "h") return Math.floor(at / hour) * hour
  if (unit === "d") return Math.floor(at / day) * day
  if (unit === "w") return firstMonday + Math.floor((at - firstMonday) / week) * week
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

const ordinalOf = (unit: Unit, start: number): number => {
  const date = new Date(start)
  if (unit === "m") return date.getUTCMinutes()
  if (unit === "h") return date.getUTCHours()
  if (unit === "d") return start / day
  return unit === "w" ? isoWeek(start) : date.getUTCMonth() + 1
}

const isDue = ({ count, unit }: Interval, at: number): boolean => {
  const start = unitStart(unit, at)
  return at - start < minute && ordinalOf(unit, start) % count === 0
}

/** Which of the intervals are due in the minute of a moment, in their order. What is no interval never is. */
export const due = (intervals: ReadonlyArray<string>, at: number): ReadonlyArray<string> =>
  intervals.filter((text) => {
    const interval = parse(text)
    return interval !== undefined && isDue(interval, at)
  })

/** So many units are looked at: enough for each to come round, and for the longest wait for a year of 53 weeks. */
const rounds: Readonly<Record<Exclude<Unit, "d">, number>> = { m: 60, h: 24, w: 53 * 7, M: 12 }

const nextStart = (unit: Unit, start: number): number => {
  if (unit !== "M") return start + { m: minute, h: hour, d: day, w: week }[unit]
  const date = new Date(start)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

/**
 * The first moment after an instant at which an interval is due; `undefined` where it never is: text that is none, and
 * counts that no unit reaches, such as `13M`.
 */
export const nextDue = (text: string, after: number): number | undefined => {
  const interval = parse(text)
  if (interval === undefined) return undefined
  const { count, unit } = interval
  if (unit === "d") return (Math.floor(after / (count * day)) + 1) * count * day
  let start = unitStart(unit, after)
  for (let round = 0; round < rounds[unit]; round++) {
    start = nextStart(unit, start)
    if (ordinalOf(unit, start) % count === 0) return start
  }
  return undefined
}
