import { type Instrument, splitPair } from "../../domain/Instrument.ts"
import type { Refusal } from "../Venue.ts"

const swap = /^(.+)[-/](?:SWAP|PERP)$/
const dated = /^(.+?)[-_](?:20)?(\d{6})$/
/** `BTC-USD-250328-60000-C` natively, `BTC-20250328-60000-C` canonically: all of OKX's options are against the dollar. */
const option = /^([A-Z0-9]+)-(?:USD-)?(?:20)?(\d{6})-(\d+(?:\.\d+)?)-([CP])$/

const examples = "BTC-USDT, BTC-USDT-PERP, BTC-USD-20250328 or BTC-20250328-60000-C"

const refused = (spelling: string): Refusal => ({
  refused: `"${spelling}" is no instrument of okx: write ${examples}`,
})

/**
 * The instrument of a native name (`BTC-USDT-SWAP`, `BTC-USD-250328`) or a canonical one. A pair alone is spot: all of
 * OKX's instruments are on one venue.
 */
export const okxInstrument = (spelling: string): Instrument | Refusal => {
  const upper = spelling.trim().toUpperCase()
  const exchange = "okx"
  const asOption = option.exec(upper)
  if (asOption !== null) {
    const [, base, day, strike, right] = asOption
    return {
      exchange,
      market: "option",
      base: base!,
      quote: "USD",
      symbol: `${base}-20${day}-${strike}-${right}`,
      native: `${base}-USD-${day}-${strike}-${right}`,
    }
  }
  const asSwap = swap.exec(upper)
  const asFuture = asSwap === null ? dated.exec(upper) : null
  const pair = splitPair(asSwap?.[1] ?? asFuture?.[1] ?? upper)
  if (pair === undefined) return refused(spelling)
  const { base, quote } = pair
  const name = `${base}-${quote}`
  if (asSwap !== null)
    return { exchange, market: "perpetual", base, quote, symbol: `${name}-PERP`, native: `${name}-SWAP` }
  if (asFuture === null) return { exchange, market: "spot", base, quote, symbol: name, native: name }
  const day = asFuture[2]!
  return { exchange, market: "future", base, quote, symbol: `${name}-20${day}`, native: `${name}-${day}` }
}

/** `SPOT`, `SWAP`, `FUTURES`, `OPTION`: the kind of instrument, as some channels are subscribed by it. */
export const instTypeOf = ({ market }: Instrument): string =>
  ({ spot: "SPOT", perpetual: "SWAP", future: "FUTURES", option: "OPTION", index: "INDEX" })[market]

/** The index that an instrument follows: that of its pair. */
export const indexOf = ({ base, quote }: Instrument): string => `${base}-${quote}`
