import { type KlineInterval, klineIntervals } from "../../../domain/DataType.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"

/** Bybit's own names of the intervals that it has. */
export const intervalNames: Readonly<Partial<Record<KlineInterval, string>>> = {
  "1m": "1",
  "3m": "3",
  "5m": "5",
  "15m": "15",
  "30m": "30",
  "1h": "60",
  "2h": "120",
  "4h": "240",
  "6h": "360",
  "12h": "720",
  "1d": "D",
  "1w": "W",
  "1M": "M",
}

export const intervalOf = (name: string): KlineInterval | undefined =>
  klineIntervals.find((interval) => intervalNames[interval] === name)

export const categories = ["spot", "linear", "inverse"] as const
export type Category = (typeof categories)[number]

/** Here every instrument goes by its category and name, `linear:BTCUSDT`, and a stream by that and its topic. */
export const categoryOf = ({ listing }: SymbolMarket): Category =>
  listing.native.slice(0, listing.native.indexOf(":")) as Category

/** Its name on the wire, unique within the category alone. */
export const nameOf = ({ listing }: SymbolMarket): string =>
  listing.native.slice(listing.native.indexOf(":") + 1)

/** `linear:orderbook.1000.BTCUSDT` taken apart. */
export const splitName = (
  name: string,
): { readonly category: string; readonly channel: string; readonly native: string } => {
  const colon = name.indexOf(":")
  const dot = name.lastIndexOf(".")
  const category = name.slice(0, colon)
  return { category, channel: name.slice(colon + 1, dot), native: `${category}:${name.slice(dot + 1)}` }
}
