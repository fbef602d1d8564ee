import { gzipSync } from "node:zlib"
import type { Levels } from "../../market/Book.ts"
import type { SymbolMarket } from "../../market/SymbolMarket.ts"

/** Every message is a gzip member in a binary frame. */
export const compressed = (text: string): Buffer => gzipSync(text, { level: 1 })

/**
 * A number as HTX's spot servers write it: small ones with an exponent (`0.000533` is `5.33E-4`), every digit kept.
 */
export const number = (text: string): string => {
  const small = /^0\.(000+)([1-9]\d*)$/.exec(text)
  if (small === null) return text
  const [, zeros, digits] = small
  const rest = digits!.slice(1)
  return `${digits![0]}${rest === "" ? "" : `.${rest}`}E-${zeros!.length + 1}`
}

const side = ({ price, quantity }: SymbolMarket, levels: Levels["bids"], form: typeof number): string =>
  `[${levels.map(([rung, units]) => `[${form(price(rung))},${form(quantity(units))}]`).join(",")}]`

/** `"bids":[[60000.1,0.5],…],"asks":[…]`, of bare numbers. */
export const sides = (symbol: SymbolMarket, { asks, bids }: Levels, form = number): string =>
  `"bids":${side(symbol, bids, form)},"asks":${side(symbol, asks, form)}`

/** `{"ch":"market.btcusdt.bbo","ts":…,"tick":{…}}` */
export const push = (topic: string, time: number, tick: string): string =>
  `{"ch":"${topic}","ts":${time},"tick":{${tick}}}`
