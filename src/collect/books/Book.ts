import { compareDecimals } from "../../domain/DecimalText.ts"
import type { BookSide } from "../../exchanges/Venue.ts"
import type { Decoded } from "../../domain/Decoded.ts"
import { WrittenRecord } from "../../domain/WrittenRecord.ts"
import { eachLevel, firstList } from "./LevelReader.ts"
import {
  append,
  bestKey,
  bestPrice,
  change,
  clear,
  cutSide,
  eachBest,
  makeSide,
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

const bytesOf = (levels: BookSide): Buffer => Buffer.from(JSON.stringify(levels), "latin1")

/** A side that has as many as were asked for may have more of them. */
const resetSide = (side: Side, levels: BookSide, depth: number | undefined): void => {
  clear(side, levels.length)
  const bytes = bytesOf(levels)
  eachLevel(bytes, 0, () => append(side, bytes))
  if (depth !== undefined && levels.length >= depth) side.horizon = worstPrice(side)
}

/** Replaces everything. The levels come best first. */
export const resetBook = (book: Book, { asks, bids, depth }: Levels): void => {
  resetSide(book.bids, bids, depth)
  resetSide(book.asks, asks, depth)
}

const changeSide = (side: Side, levels: BookSide): void => {
  const bytes = bytesOf(levels)
  eachLevel(bytes, 0, () => change(side, bytes))
}

/** Applies a delta: a quantity of zero removes its level. */
export const changeBook = (book: Book, { asks, bids }: Levels): void => {
  changeSide(book.bids, bids)
  changeSide(book.asks, asks)
}

const between = ',"asks":'

/** The same from the record itself, whose levels are read where they stand. */
export const applyDelta = (book: Book, record: Decoded): void => {
  const isWritten = record instanceof WrittenRecord
  const bytes = isWritten ? record.bytes : Buffer.from(record.data, "latin1")
  const from = isWritten ? record.start + record.stream.headBytes.length : 0
  // Neither its key nor its times have a list: the first one is that of the bids.
  const bids = firstList(bytes, from, isWritten ? record.end : bytes.length)
  const bidsEnd = eachLevel(bytes, bids, () => change(book.bids, bytes))
  const asksEnd = eachLevel(bytes, bidsEnd + between.length, () => change(book.asks, bytes))
  if (bidsEnd < 0 || asksEnd < 0)
    throw new Error(`${record.stream.key}: a decoder made a delta without lists of levels: ${record.data}`)
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
  const bid = bestKey(bids)
  const ask = bestKey(asks)
  if (bid === undefined || ask === undefined) return false
  return bid === ask ? compareDecimals(bestPrice(bids)!, bestPrice(asks)!) >= 0 : bid > ask
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
