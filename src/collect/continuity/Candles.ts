import type { KlineInterval } from "../../domain/DataType.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

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
  "1w": 7 * day,
}

const monthsSinceEpoch = (time: number): number => {
  const date = new Date(time)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

/** How many klines lie between two milliseconds, the first of one and the last of another. */
export const countKlines = (interval: KlineInterval, first: number, last: number): number =>
  interval === "1M"
    ? monthsSinceEpoch(last + 1) - monthsSinceEpoch(first)
    : Math.round((last + 1 - first) / lengths[interval])

/** When the kline begins whose last millisecond this is. */
export const openOf = (interval: KlineInterval, last: number): number =>
  interval === "1M" ? Date.UTC(1970, monthsSinceEpoch(last + 1) - 1) : last + 1 - lengths[interval]

/** When the first of the last `count` klines before and with this last millisecond begins. */
export const startWithin = (interval: KlineInterval, last: number, count: number): number =>
  interval === "1M"
    ? Date.UTC(1970, monthsSinceEpoch(last + 1) - count)
    : last + 1 - count * lengths[interval]
