/** A time zone by its IANA name. */
export interface TimeZone {
  readonly name: string
  /** Milliseconds that its clocks are ahead of UTC at an instant. */
  readonly offsetAt: (instant: number) => number
}

export const utc: TimeZone = { name: "UTC", offsetAt: () => 0 }

const offset = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

const formatterOf = (name: string): Intl.DateTimeFormat | undefined => {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" })
  } catch {
    return undefined
  }
}

/** The zone of a name such as `Asia/Shanghai`; `undefined` where this machine knows none. */
export const timeZone = (name: string): TimeZone | undefined => {
  if (/^(Etc\/)?(UTC|UCT|Zulu)$/i.test(name)) return utc
  const formatter = formatterOf(name)
  if (formatter === undefined) return undefined
  const offsetAt = (instant: number): number => {
    const [, sign, hours = 0, minutes = 0, seconds = 0] = offset.exec(formatter.format(instant)) ?? []
    const ahead = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000
    return sign === "-" ? -ahead : ahead
  }
  return { name, offsetAt }
}

/** The first instant after `from` at which clocks show another offset; `undefined` where both ends agree. Meant for spans of days. */
export const changeWithin = (zone: TimeZone, from: number, to: number): number | undefined => {
  const before = zone.offsetAt(from)
  if (zone.offsetAt(to) === before) return undefined
  let same = from
  let changed = to
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2)
    if (zone.offsetAt(middle) === before) same = middle
    else changed = middle
  }
  return changed
}
