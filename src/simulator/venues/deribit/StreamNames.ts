import { type KlineInterval, klineIntervals } from "../../../domain/DataType.ts"

const resolutions: Readonly<Partial<Record<KlineInterval, string>>> = {
  "1m": "1",
  "3m": "3",
  "5m": "5",
  "15m": "15",
  "30m": "30",
  "1h": "60",
  "2h": "120",
  "6h": "360",
  "12h": "720",
  "1d": "1D",
}

export const resolutionOf = (interval: KlineInterval): string => resolutions[interval]!

export const intervalOf = (resolution: string): KlineInterval | undefined =>
  klineIntervals.find((interval) => resolutions[interval] === resolution)

/** `book.BTC-PERPETUAL.100ms` as the channel, the instrument, and what stands behind it. */
export interface ChannelName {
  readonly channel: string
  readonly native: string
  readonly behind: string
}

export const splitName = (name: string): ChannelName | undefined => {
  const match = /^(chart\.trades|[a-z_]+)\.([^.]+)(?:\.(.+))?$/.exec(name)
  return match === null ? undefined : { channel: match[1]!, native: match[2]!, behind: match[3] ?? "" }
}

export const isPerpetual = (native: string): boolean => native.endsWith("-PERPETUAL")
export const isIndex = (native: string): boolean => native === native.toLowerCase()
