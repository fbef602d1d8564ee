import type { KlineInterval } from "../../domain/DataType.ts"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const fixedLengths: Readonly<Partial<Record<KlineInterval, number>>> = {
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
}

/** The epoch was a Thursday; weeks begin on Monday. */
const firstMonday = 4 * day

/** When the kline that contains a time began. Days, weeks (from Monday) and months are those of UTC. */
export const openTime = (interval: KlineInterval, time: number): number => {
  const length = fixedLengths[interval]
  if (length !== undefined) return Math.floor(time / length) * length
  if (interval === "1w") return Math.floor((time - firstMonday) / (7 * day)) * 7 * day + firstMonday
  const date = new Date(time)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

/** When the kline after the one that began at `open` begins. */
export const nextOpenTime = (interval: KlineInterval, open: number): number => {
  const length = fixedLengths[interval] ?? (interval === "1w" ? 7 * day : undefined)
  if (length !== undefined) return open + length
  const date = new Date(open)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}
