import { compareDecimals } from "../../domain/DecimalText.ts"
import type { BookSide } from "../../exchanges/Venue.ts"

type Level = readonly [price: string, quantity: string]

/** One instrument's book: levels as the venue wrote them, best first. Changed in place. */
export interface Book {
  bids: Array<Level>
  asks: Array<Level>
}

export const makeBook = (): Book => ({ bids: [], asks: [] })

/** Whether a decimal is zero, however it is written. */
const isNothing = (quantity: string): boolean => /^[0.]+$/.test(quantity)

/** Where a price stands, or would stand, on a side that is ordered by `sign`. */
const placeOf = (side: ReadonlyArray<Level>, price: string, sign: 1 | -1): number => {
  let low = 0
  let high = side.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sign * compareDecimals(side[middle]![0], price) < 0) low = middle + 1
    else high = middle
  }
  return low
}

const change = (side: Array<Level>, levels: BookSide, sign: 1 | -1): void => {
  for (const level of levels) {
    const [price, quantity] = level
    const at = placeOf(side, price, sign)
    const here = side[at]
    const stands = here !== undefined && compareDecimals(here[0], price) === 0
    if (isNothing(quantity)) {
      if (stands) side.splice(at, 1)
    } else if (stands) side[at] = level
    else side.splice(at, 0, level)
  }
}

interface Levels {
  readonly bids: BookSide
  readonly asks: BookSide
}

/** Replaces everything. The levels come best first. */
export const resetBook = (book: Book, { bids, asks }: Levels): void => {
  book.bids = [...bids]
  book.asks = [...asks]
}

/** Applies a delta: a quantity of zero removes its level. `keeps`: levels a side that the venue keeps. */
export const changeBook = (book: Book, { bids, asks }: Levels, keeps = Number.POSITIVE_INFINITY): void => {
  change(book.bids, bids, -1)
  change(book.asks, asks, 1)
  if (book.bids.length > keeps) book.bids.length = keeps
  if (book.asks.length > keeps) book.asks.length = keeps
}

/** The levels of a depth record's `data`. */
export const levelsOf = (data: string): Levels => JSON.parse(data) as Levels
