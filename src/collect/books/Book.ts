import { compareDecimals } from "../../domain/DecimalText.ts"
import type { BookSide } from "../../exchanges/Venue.ts"
import {
  bestPrice,
  changeSide,
  cutSide,
  eachBest,
  makeSide,
  resetSide,
  type Side,
  worstPrice,
} from "./Side.ts"

/** One instrument's book. Changed in place. */
export interface Book {
  readonly bids: Side
  readonly asks: Side
}

/** The levels of a depth record's `data`, best first. */
export interface Levels {
  readonly bids: BookSide
  readonly asks: BookSide
  /** Of a snapshot: levels asked for. */
  readonly depth?: number
}

/** The levels of a depth record's `data`. */
export const levelsOf = (data: string): Levels => JSON.parse(data) as Levels

export const makeBook = (): Book => ({ bids: makeSide(1), asks: makeSide(-1) })

/** Replaces everything. The levels come best first. */
export const resetBook = (book: Book, { asks, bids, depth }: Levels): void => {
  resetSide(book.bids, bids, depth)
  resetSide(book.asks, asks, depth)
}

/** Applies a delta: a quantity of zero removes its level. */
export const changeBook = (book: Book, { asks, bids }: Levels): void => {
  changeSide(book.bids, bids)
  changeSide(book.asks, asks)
}

/** Forgets what lies deeper than so many levels a side, as the venue does it: what comes nearer is told anew. */
export const forgetDeeper = (book: Book, levels: number): void => {
  cutSide(book.bids, levels)
  cutSide(book.asks, levels)
}

/** The same where the venue does not: what lay deeper is not known from now on. */
export const boundBook = (book: Book, levels: number): void => {
  for (const side of [book.bids, book.asks]) if (cutSide(side, levels)) side.horizon = worstPrice(side)
}

/** Whether somebody bids what somebody else asks, or more: such a book is none. */
export const isCrossed = ({ asks, bids }: Book): boolean => {
  const bid = bestPrice(bids)
  const ask = bestPrice(asks)
  return bid !== undefined && ask !== undefined && compareDecimals(bid, ask) >= 0
}

/** The best levels of a side, best first: those that are known for certain. */
export const bestOf = (side: Side, levels: number): BookSide => {
  const best: Array<readonly [string, string]> = []
  eachBest(side, levels, (price, quantity) => best.push([price, quantity]))
  return best
}

/** The same as JSON. */
export const bestText = (side: Side, levels: number): string => {
  let text = ""
  eachBest(side, levels, (price, quantity) => {
    text += `${text === "" ? "" : ","}["${price}","${quantity}"]`
  })
  return `[${text}]`
}
