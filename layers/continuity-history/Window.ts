export const minuteMillis = 60_000
export const hourMillis = 60 * minuteMillis
const dayMillis = 24 * hourMillis

/** How far back the minutes are known; before that the hours. */
export const minutesKeptMillis = 48 * hourMillis

/** A window of time in equal steps, the last of which may be shorter. Milliseconds, the end not included. */
export interface Window {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly steps: number
}

/** Steps of a timeline: as many as an eye tells apart in a row of a table. */
const mostSteps = 96

const minutes = [1, 2, 5, 10, 15, 20, 30].map((count) => count * minuteMillis)
const hours = [1, 2, 3, 4, 6, 8, 12, 24].map((count) => count * hourMillis)
const lengths = [...minutes, ...hours]

const stepOf = (length: number, shortest: number): number =>
  lengths.find((each) => each >= shortest && each * mostSteps >= length) ??
  Math.ceil(length / mostSteps / dayMillis) * dayMillis

/** The window that answers `from … to`: whole minutes, or whole hours where it begins before the minutes do. */
export const windowOf = (from: number, to: number, minutesBegin: number): Window => {
  const unit = from < minutesBegin ? hourMillis : minuteMillis
  const first = Math.floor(from / unit) * unit
  const last = Math.ceil(to / unit) * unit
  const step = stepOf(last - first, unit)
  return { from: first, to: last, step, steps: Math.ceil((last - first) / step) }
}

/** A step's begin and end. */
export const stepBounds = ({ from, step: length, to }: Window, step: number): readonly [number, number] => [
  from + step * length,
  Math.min(to, from + (step + 1) * length),
]

/** When there is no room, so much of the oldest time that is left goes at once. */
export const evictionStep = (since: number, now: number): number => Math.max(hourMillis, (now - since) / 10)
