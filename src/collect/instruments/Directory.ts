import type { Instrument, Market } from "../../domain/Instrument.ts"
import { type InstrumentPattern, selects } from "../../domain/InstrumentPattern.ts"
import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import { nearestNames } from "../../domain/NearestName.ts"
import { isRefusal, type Venue } from "../../exchanges/Venue.ts"

/** A venue's list of instruments at one time, to look things up in. */
export interface Directory {
  readonly listed: ReadonlyArray<ListedInstrument>
  /** The instrument of a spelling: what the venue's grammar makes of it, else the venue's own name, else its letters alone. */
  readonly find: (spelling: string) => ListedInstrument | undefined
  readonly bySymbol: (symbol: string) => ListedInstrument | undefined
  readonly select: (pattern: InstrumentPattern) => ReadonlyArray<ListedInstrument>
  /** Canonical symbols that were probably meant, the nearest first. */
  readonly nearest: (spelling: string) => ReadonlyArray<string>
}

const compact = (text: string): string => text.toUpperCase().replaceAll(/[-/_]/g, "")

/** Of several with the same letters: what is traded goes first, then the plainer kind. */
const order: ReadonlyArray<Market> = ["spot", "perpetual", "future", "option", "index"]
const rank = ({ market, status }: ListedInstrument): number =>
  (status === "ended" ? order.length : 0) + order.indexOf(market)

const keepBest = (into: Map<string, ListedInstrument>, key: string, each: ListedInstrument): void => {
  const known = into.get(key)
  if (known === undefined || rank(each) < rank(known)) into.set(key, each)
}

export const makeDirectory = (
  venue: Pick<Venue, "instrument">,
  instruments: ReadonlyArray<ListedInstrument>,
): Directory => {
  const symbols = new Map<string, ListedInstrument>()
  const natives = new Map<string, ListedInstrument>()
  const letters = new Map<string, ListedInstrument>()
  for (const each of instruments) {
    keepBest(symbols, each.symbol.toUpperCase(), each)
    keepBest(natives, each.native.toUpperCase(), each)
  }
  const listed = [...symbols.values()]
  for (const each of listed) {
    keepBest(letters, compact(each.symbol), each)
    if (each.market === "spot" || each.market === "perpetual")
      keepBest(letters, compact(each.base + each.quote), each)
  }

  /** What the venue understands by a pair alone. */
  const meanings = new Map<string, string | undefined>()
  const isPairAlone = ({ base, quote, symbol }: Instrument): boolean => {
    const pair = `${base}-${quote}`
    if (!meanings.has(pair)) {
      const meant = venue.instrument(pair)
      meanings.set(pair, isRefusal(meant) ? undefined : meant.symbol)
    }
    return meanings.get(pair) === symbol
  }

  return {
    listed,
    bySymbol: (symbol) => symbols.get(symbol.toUpperCase()),
    find: (spelling) => {
      const upper = spelling.trim().toUpperCase()
      const exact = symbols.get(upper.replaceAll("/", "-"))
      // `BTC-USDT` is canonical of spot, and the pair that means the perpetual on a venue of contracts.
      if (exact !== undefined) return exact
      const meant = venue.instrument(spelling)
      const known = isRefusal(meant) ? undefined : symbols.get(meant.symbol.toUpperCase())
      return known ?? natives.get(upper) ?? letters.get(compact(upper))
    },
    select: (pattern) => listed.filter((each) => selects(pattern, each, isPairAlone)),
    nearest: (spelling) => {
      const upper = spelling.trim().toUpperCase()
      return nearestNames(upper, symbols.keys(), 3)
    },
  }
}
