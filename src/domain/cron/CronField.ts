/** One of the seven fields: what its values are and how they are written. */
export interface CronField {
  readonly name: string
  readonly min: number
  readonly max: number
  /** A pattern of one value, in lower case. */
  readonly value: string
  /** Values that have a name: `mon` is 1. */
  readonly named?: ReadonlyMap<string, number>
}

/** One entry between commas. `other` is left to the field it stands in: `L`, `15W`, `5#3`, or a mistake. */
export type CronEntry =
  | { readonly kind: "all" }
  | { readonly kind: "span"; readonly from: number; readonly to: number; readonly step: number }
  | { readonly kind: "other"; readonly text: string }

const sixty = "0?[0-9]|[1-5][0-9]"
const months = "january february march april may june july august september october november december"
const days = "sunday monday tuesday wednesday thursday friday saturday"

/** Names in full and by their first three letters. */
const namesOf = (words: string, first: number): ReadonlyMap<string, number> =>
  new Map(
    words.split(" ").flatMap((word, index) => [
      [word, index + first],
      [word.slice(0, 3), index + first],
    ]),
  )

const monthNames = namesOf(months, 1)
const dayNames = namesOf(days, 0)
const either = (names: ReadonlyMap<string, number>): string => [...names.keys()].join("|")

export const second: CronField = { name: "second", min: 0, max: 59, value: sixty }
export const minute: CronField = { name: "minute", min: 0, max: 59, value: sixty }
export const hour: CronField = { name: "hour", min: 0, max: 23, value: "0?[0-9]|1[0-9]|2[0-3]" }
export const dayOfMonth: CronField = {
  name: "day-of-month",
  min: 1,
  max: 31,
  value: "0?[1-9]|[12][0-9]|3[01]",
}
export const month: CronField = {
  name: "month",
  min: 1,
  max: 12,
  value: `0?[1-9]|1[012]|${either(monthNames)}`,
  named: monthNames,
}
export const dayOfWeek: CronField = {
  name: "day-of-week",
  min: 0,
  max: 6,
  value: `0?[0-7]|${either(dayNames)}`,
  named: new Map([...dayNames, ["7", 0], ["07", 0]]),
}
export const year: CronField = { name: "year", min: 1970, max: 2099, value: "19[789][0-9]|20[0-9]{2}" }

/** A value that the field's pattern has matched. */
export const valueOf = (field: CronField, text: string): number => field.named?.get(text) ?? Number(text)

const patterns = new Map<string, RegExp>()

/** A pattern in which `%` stands for a value of the field. */
export const matchField = (field: CronField, pattern: string, text: string): RegExpExecArray | null => {
  const source = `^${pattern.replaceAll("%", `(${field.value})`)}$`
  const known = patterns.get(source) ?? new RegExp(source)
  patterns.set(source, known)
  return known.exec(text)
}

/** Of years too. */
const longestStep = 59

const spanPattern = "(?:\\*|%(?:-%)?)(?:/(\\d+))?"

const readEntry = (field: CronField, text: string): CronEntry | string => {
  const lower = text.toLowerCase()
  if (lower === "*" || lower === "?") return { kind: "all" }
  const match = matchField(field, spanPattern, lower)
  if (match === null) return { kind: "other", text }
  const [, first, last, every] = match
  const step = every === undefined ? 1 : Number(every)
  if (step < 1 || step > Math.min(field.max, longestStep)) return `invalid interval ${lower}`
  const from = first === undefined ? field.min : valueOf(field, first)
  const alone = first !== undefined && every === undefined ? from : field.max
  return { kind: "span", from, to: last === undefined ? alone : valueOf(field, last), step }
}

/** The entries of a field, or what is wrong with it. */
export const readField = (field: CronField, text: string): ReadonlyArray<CronEntry> | string => {
  const parts = text.split(",").filter((part) => part !== "")
  if (parts.length === 0) return `${field.name} field: missing directive`
  const entries: Array<CronEntry> = []
  for (const part of parts) {
    const entry = readEntry(field, part)
    if (typeof entry === "string") return entry
    entries.push(entry)
  }
  return entries
}

export const syntaxError = (field: CronField, text: string): string =>
  `syntax error in ${field.name} field: '${text}'`

/** The values of a span. One that runs backwards, such as `FRI-MON`, has none. */
export const spanValues = (entry: CronEntry & { readonly kind: "span" }): ReadonlyArray<number> => {
  const values: Array<number> = []
  for (let value = entry.from; value <= entry.to; value += entry.step) values.push(value)
  return values
}

/** The values of a field that has no letters of its own, ascending; or what is wrong. */
export const readValues = (field: CronField, text: string): ReadonlyArray<number> | string => {
  const entries = readField(field, text)
  if (typeof entries === "string") return entries
  const values = new Set<number>()
  for (const entry of entries) {
    if (entry.kind === "other") return syntaxError(field, entry.text)
    // What stands behind a `*` changes nothing, and is not looked at.
    if (entry.kind === "all") return spanValues({ kind: "span", from: field.min, to: field.max, step: 1 })
    for (const value of spanValues(entry)) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}
