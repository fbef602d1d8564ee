const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))$/

const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

/** An instant as RFC 3339 writes it, in milliseconds since the epoch; `undefined` where it is none, such as the 30th of February. */
export const parseInstant = (text: string): number | undefined => {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  // A leap second is the last one of its minute here.
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const [fraction = "", , sign, offsetHours = "0", offsetMinutes = "0"] = match.slice(7)
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined
  const ahead = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000
  const local = new Date(0)
  // Unlike Date.UTC, this leaves years before 100 what they are.
  local.setUTCFullYear(year, month - 1, day)
  local.setUTCHours(hour, minute, Math.min(second, 59), Number(fraction.padEnd(3, "0").slice(0, 3)))
  return local.getTime() - (sign === "-" ? -ahead : ahead)
}

/** In UTC, with no more digits than it needs: `2026-01-01T00:00:00Z`. */
export const writeInstant = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z")
