import type { Instrument, Market } from "./Instrument.ts"
import { didYouMean } from "./NearestName.ts"

export const markets: ReadonlyArray<Market> = ["spot", "perpetual", "future", "option", "index"]

/**
 * Several instruments in one text: `*` stands for any letters, digits and marks, a market before a colon for that kind of
 * instrument alone. `*\/USDT`, `perpetual:BTC-*`, `option:BTC-*-C`.
 */
export interface InstrumentPattern {
  /** As it was written. */
  readonly text: string
  readonly market?: Market
  /** In capitals, `/` as `-`. */
  readonly glob: string
}

/** What is no pattern is one instrument in some spelling. */
export const isPattern = (text: string): boolean => text.includes("*") || text.includes(":")

const allowed = /^[\p{L}\p{N}*/._-]{1,80}$/u

/** The pattern, or what is wrong with it, in words for who wrote it. */
export const parsePattern = (text: string): InstrumentPattern | { readonly problem: string } => {
  const trimmed = text.trim()
  const colon = trimmed.indexOf(":")
  const word = colon < 0 ? undefined : trimmed.slice(0, colon).toLowerCase()
  const rest = trimmed.slice(colon + 1)
  const market = markets.find((each) => each === word)
  if (word !== undefined && market === undefined) {
    const nearest = didYouMean(word, markets)
    const problem = `"${text}": "${word}" is no market${nearest}; it can be ${markets.join(", ")}`
    return { problem: problem.replace("?;", "?") }
  }
  if (!allowed.test(rest))
    return {
      problem: `"${text}" is no pattern: write */USDT, BTC-*, perpetual:BTC-* or option:BTC-*-C, with * for any text`,
    }
  const glob = rest.toUpperCase().replaceAll("/", "-")
  return market === undefined ? { text: trimmed, glob } : { text: trimmed, market, glob }
}

/** Whether a text is one of a glob's, in time that grows with their lengths alone. */
const matches = (glob: string, text: string): boolean => {
  let at = 0
  let star = -1
  let resume = 0
  for (let index = 0; index < text.length;) {
    if (glob[at] === "*") {
      star = at++
      resume = index
    } else if (glob[at] === text[index]) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++resume
    } else return false
  }
  while (glob[at] === "*") at++
  return at === glob.length
}

/**
 * Whether a pattern means an instrument: by its canonical symbol, or by its pair, where the market is said or the
 * instrument is what its venue understands by the pair alone. So `*\/USDT` is spot on a venue that has spot, and the
 * perpetuals on a venue of contracts.
 */
export const selects = (
  { glob, market }: InstrumentPattern,
  instrument: Instrument,
  isPairAlone: (instrument: Instrument) => boolean,
): boolean => {
  if (market !== undefined && market !== instrument.market) return false
  if (matches(glob, instrument.symbol.toUpperCase())) return true
  const pair = `${instrument.base}-${instrument.quote}`.toUpperCase()
  return matches(glob, pair) && (market !== undefined || isPairAlone(instrument))
}
