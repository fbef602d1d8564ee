const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const units = [
  [day, "d"],
  [hour, "h"],
  [minute, "min"],
  [second, "s"],
] as const

/** `1 h 30 min`, `12 s`, `340 ms`: the two largest units. */
export const duration = (millis: number): string => {
  if (millis < second) return `${Math.round(millis)} ms`
  const parts: Array<string> = []
  let left = Math.round(millis / second) * second
  for (const [length, unit] of units) {
    const count = Math.floor(left / length)
    left -= count * length
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.slice(0, 2).join(" ")
}

/** `2026-11-22 13:30:00.250`, UTC; to the minute where that is enough. */
export const time = (millis: number, to: "minute" | "millisecond" = "millisecond"): string =>
  new Date(millis)
    .toISOString()
    .replace("T", " ")
    .slice(0, to === "minute" ? 16 : 23)

export const count = (value: number): string => value.toLocaleString("en-US")

export const percent = (value: number | null): string => (value === null ? "–" : `${value} %`)
