import { Result } from "effect"
import { type MonthDays, readMonthDays, readWeekDays, type WeekDays } from "./CronDays.ts"
import { CronError } from "./CronError.ts"
import { hour, minute, month, readValues, second, year } from "./CronField.ts"

/**
 * A cron expression as nodes write it: `second minute hour day-of-month month day-of-week year`. **Six fields are
 * minute to year**, five minute to day-of-week, both with second 0; what follows a seventh is ignored. `L`, `15W`,
 * `LW`, `5L`, `5#3`, `?`, names, and `@hourly` to `@annually` are understood; 0 and 7 are Sunday; days of month and
 * days of week that are both restricted mean either.
 */
export interface Cron {
  readonly expression: string
  readonly seconds: ReadonlyArray<number>
  readonly minutes: ReadonlyArray<number>
  readonly hours: ReadonlyArray<number>
  readonly monthDays: MonthDays
  readonly months: ReadonlyArray<number>
  readonly weekDays: WeekDays
  readonly years: ReadonlyArray<number>
}

const macros: ReadonlyArray<readonly [string, string]> = [
  ["@yearly", "0 0 0 1 1 * *"],
  ["@annually", "0 0 0 1 1 * *"],
  ["@monthly", "0 0 0 1 * * *"],
  ["@weekly", "0 0 0 * * 0 *"],
  ["@daily", "0 0 0 * * * *"],
  ["@hourly", "0 0 * * * * *"],
]

/** Only what RE2 calls white space separates fields. */
const fieldsOf = (text: string): ReadonlyArray<string> => text.match(/[^\t\n\f\r ]+/g) ?? []

/** Reads an expression. Fields are looked at from the left, and the first mistake is the one that is told. */
export const parseCron = (expression: string): Result.Result<Cron, CronError> => {
  const fail = (detail: string) => Result.fail(new CronError({ expression, detail }))
  const given = fieldsOf(macros.reduce((text, [macro, fields]) => text.replaceAll(macro, fields), expression))
  if (given.length < 5) return fail("missing field(s)")
  const fields = given.length >= 7 ? given : ["0", ...given, ...(given.length === 5 ? ["*"] : [])]
  const seconds = readValues(second, fields[0]!)
  if (typeof seconds === "string") return fail(seconds)
  const minutes = readValues(minute, fields[1]!)
  if (typeof minutes === "string") return fail(minutes)
  const hours = readValues(hour, fields[2]!)
  if (typeof hours === "string") return fail(hours)
  const monthDays = readMonthDays(fields[3]!)
  if (typeof monthDays === "string") return fail(monthDays)
  const months = readValues(month, fields[4]!)
  if (typeof months === "string") return fail(months)
  const weekDays = readWeekDays(fields[5]!)
  if (typeof weekDays === "string") return fail(weekDays)
  const years = readValues(year, fields[6]!)
  if (typeof years === "string") return fail(years)
  return Result.succeed({ expression, seconds, minutes, hours, monthDays, months, weekDays, years })
}

export type CronGranularity = "second" | "minute" | "hour"

/**
 * The tick that an expression's text suggests, told to plugins with each firing. It is inferred as nodes always did,
 * from the first two words whatever their number means; firing does not depend on it.
 */
export const granularityOf = (expression: string): CronGranularity => {
  const [first, next] = fieldsOf(expression)
  if (first === undefined || next === undefined) return "minute"
  if (/[*/,-]/.test(first)) return "second"
  return next === "0" ? "hour" : "minute"
}
