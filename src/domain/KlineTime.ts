import type { KlineInterval } from "./DataType.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const week = 7 * day

/** Milliseconds; a month has no length. */
const lengths: Readonly<Record<Exclude<KlineInterval, "1M">, number>> = {
  "1s": second,
  "1m": minute,
  "3m": 3 * minute,
  "5m": 5 * minute,
  "15m": 15 * minute,
  "30m": 30 * minute,
  "1h": hour,
  "2h": 2 * hour,
  "4h": 4 * hour,
  "6h": 6 * hour,
  "8h": 8 * hour,
  "12h": 12 * hour,
  "1d": day,
  "3d": 3 * day,
  "1w": week,
}

/** The epoch was a Thursday; weeks begin on Monday. */
const firstMonday = 4 * day

const monthsSinceEpoch = (time: number): number => {
  const date = new Date(time)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

const startOfMonth = (months: number): number => Date.UTC(1970, months)

/** When the kline that contains a time began. Days, weeks (from Monday) and months are those of UTC. */
export const openTime = (interval: KlineInterval, time: number): number => {
  if (interval === "1M") return startOfMonth(monthsSinceEpoch(time))
  const anchor = interval === "1w" ? firstMonday : 0
  return Math.floor((time - anchor) / lengths[interval]) * lengths[interval] + anchor
}

/** When the kline after the one that began at `open` begins. */
export const nextOpenTime = (interval: KlineInterval, open: number): number =>
  interval === "1M" ? startOfMonth(monthsSinceEpoch(open) + 1) : open + lengths[interval]

/** How many klines lie between two milliseconds, the first of one and the last of another. */
export const countKlines = (interval: KlineInterval, first: number, last: number): number =>
  interval === "1M"
    ? monthsSinceEpoch(last + 1) - monthsSinceEpoch(first)
    : Math.round((last + 1 - first) / lengths[interval])

/** When the first of the last `count` klines before and with this last millisecond begins. */
export const startWithin = (interval: KlineInterval, last: number, count: number): number =>
  interval === "1M" ? startOfMonth(monthsSinceEpoch(last + 1) - count) : last + 1 - count * lengths[interval]

/** When the kline begins whose last millisecond this is. */
export const openOf = (interval: KlineInterval, last: number): number => startWithin(interval, last, 1)
