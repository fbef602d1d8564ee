import {
  type CronField,
  dayOfMonth,
  dayOfWeek,
  matchField,
  readField,
  spanValues,
  syntaxError,
  valueOf,
} from "./CronField.ts"

/** The field of days of the month. Absent days (the 31st of June) are left out, never moved. */
export interface MonthDays {
  readonly restricted: boolean
  readonly days: ReadonlySet<number>
  /** `15W`: the working day (Monday to Friday) nearest to it within the month. */
  readonly workdays: ReadonlySet<number>
  /** `L` */
  readonly last: boolean
  /** `LW`: the last working day. */
  readonly lastWorkday: boolean
}

/** The field of days of the week, Sunday 0. */
export interface WeekDays {
  readonly restricted: boolean
  readonly days: ReadonlySet<number>
  /** `5L`: the last Friday of the month. */
  readonly last: ReadonlySet<number>
  /** `5#3`, the third Friday, as 19: the day and seven for each week before. */
  readonly ordinal: ReadonlySet<number>
}

/** What the two fields have in common: spans and `*`; the rest goes to `special`, which says whether it knows it. */
const read = (field: CronField, text: string, special: (entry: string) => boolean) => {
  const entries = readField(field, text)
  if (typeof entries === "string") return entries
  const days = new Set<number>()
  let restricted = true
  for (const entry of entries) {
    if (entry.kind === "all") restricted = false
    else if (entry.kind === "span") for (const value of spanValues(entry)) days.add(value)
    else if (!special(entry.text.toLowerCase())) return syntaxError(field, entry.text)
  }
  return { restricted, days }
}

export const readMonthDays = (text: string): MonthDays | string => {
  const workdays = new Set<number>()
  let last = false
  let lastWorkday = false
  const common = read(dayOfMonth, text, (entry) => {
    if (entry === "l") return (last = true)
    if (entry === "lw") return (lastWorkday = true)
    const match = matchField(dayOfMonth, "%w", entry)
    if (match === null) return false
    workdays.add(valueOf(dayOfMonth, match[1]!))
    return true
  })
  return typeof common === "string" ? common : { ...common, workdays, last, lastWorkday }
}

export const readWeekDays = (text: string): WeekDays | string => {
  const last = new Set<number>()
  const ordinal = new Set<number>()
  const common = read(dayOfWeek, text, (entry) => {
    const lastMatch = matchField(dayOfWeek, "%l", entry)
    if (lastMatch !== null) last.add(valueOf(dayOfWeek, lastMatch[1]!))
    const match = matchField(dayOfWeek, "%#([1-5])", entry)
    if (match !== null) ordinal.add((Number(match[2]) - 1) * 7 + valueOf(dayOfWeek, match[1]!))
    return lastMatch !== null || match !== null
  })
  return typeof common === "string" ? common : { ...common, last, ordinal }
}

const saturday = 6

const nearestWorkday = (day: number, weekday: number, length: number): number => {
  if (weekday === saturday) return day > 1 ? day - 1 : day + 2
  if (weekday === 0) return day < length ? day + 1 : day - 2
  return day
}

/** The days of a month that the two fields mean, ascending; where both are restricted, of either. `month` from 1. */
export const daysIn = (
  year: number,
  month: number,
  inMonth: MonthDays,
  inWeek: WeekDays,
): ReadonlyArray<number> => {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const firstWeekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay()
  const weekdayOf = (day: number): number => (firstWeekday + day - 1) % 7
  const all = !inMonth.restricted && !inWeek.restricted
  const workdays = new Set<number>()
  if (inMonth.lastWorkday) workdays.add(nearestWorkday(length, weekdayOf(length), length))
  for (const day of inMonth.workdays)
    if (day <= length) workdays.add(nearestWorkday(day, weekdayOf(day), length))
  const matches = (day: number): boolean => {
    if (all) return true
    const weekday = weekdayOf(day)
    const byMonth = inMonth.days.has(day) || workdays.has(day) || (inMonth.last && day === length)
    const byWeek =
      inWeek.days.has(weekday) ||
      inWeek.ordinal.has(Math.floor((day - 1) / 7) * 7 + weekday) ||
      (inWeek.last.has(weekday) && day > length - 7)
    return (inMonth.restricted && byMonth) || (inWeek.restricted && byWeek)
  }
  return Array.from({ length }, (_, index) => index + 1).filter(matches)
}
