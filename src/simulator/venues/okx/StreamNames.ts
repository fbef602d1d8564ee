import { type KlineInterval, klineIntervals } from "../../../domain/DataType.ts"

/** OKX's own names of the intervals that it has. */
export const barNames: Readonly<Partial<Record<KlineInterval, string>>> = {
  "1s": "1s",
  "1m": "1m",
  "3m": "3m",
  "5m": "5m",
  "15m": "15m",
  "30m": "30m",
  "1h": "1H",
  "2h": "2H",
  "4h": "4H",
  "6h": "6Hutc",
  "12h": "12Hutc",
  "1d": "1Dutc",
  "3d": "3Dutc",
  "1w": "1Wutc",
  "1M": "1Mutc",
}

export const intervalOf = (bar: string): KlineInterval | undefined =>
  klineIntervals.find((interval) => barNames[interval] === bar)

/** `books:BTC-USDT` is the channel and the instrument. */
export const splitName = (name: string): { readonly channel: string; readonly native: string } => {
  const at = name.indexOf(":")
  return { channel: name.slice(0, at), native: name.slice(at + 1) }
}

/** Which of the two routes carries a channel. */
export const routeOf = (channel: string): "public" | "business" =>
  channel.startsWith("candle") || channel === "trades-all" ? "business" : "public"
