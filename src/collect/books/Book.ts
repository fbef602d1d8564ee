import { compareDecimals } from "../../domain/DecimalText.ts"
import type { BookSide } from "../../exchanges/Venue.ts"
import type { Decoded } from "../../domain/Decoded.ts"
import { WrittenRecord } from "../../domain/WrittenRecord.ts"
import { eachLevel, firstList } from "./LevelReader.ts"
import { append, bestKey, change, clear, cutSide, makeSide, type Side } from "./Side.ts"
import { bestPrice, worstPrice } from "./SideTexts.ts"

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

/** Zeros behind a text: levels are read four bytes at once. */
const padding = 3

const viewOf = ({ buffer, byteLength, byteOffset }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength)

const viewOfText = (text: string): DataView => {
  const bytes = Buffer.allocUnsafe(text.length + padding)
  bytes.fill(0, bytes.write(text, "latin1"))
  return viewOf(bytes)
}

/** A side that has as many as were asked for may have more of them. */
const resetSide = (side: Side, levels: BookSide, depth: number | undefined): void => {
  clear(side, levels.length)
  eachLevel(viewOfText(JSON.stringify(levels)), 0, side, append)
  if (depth !== undefined && levels.length >= depth) side.horizon = worstPrice(side)
}

/** Replaces everything. The levels come best first. */
export const resetBook = (book: Book, { asks, bids, depth }: Levels): void => {
  resetSide(book.bids, bids, depth)
  resetSide(book.asks, asks, depth)
}

const changeSide = (side: Side, levels: BookSide): void => {
  eachLevel(viewOfText(JSON.stringify(levels)), 0, side, change)
}

/** Applies a delta: a quantity of zero removes its level. */
export const changeBook = (book: Book, { asks, bids }: Levels): void => {
  changeSide(book.bids, bids)
  changeSide(book.asks, asks)
}

const between = ',"asks":'

/** Of the slab whose records come one after the other. */
let slabView = viewOf(Buffer.alloc(0))

const viewOfSlab = (bytes: Buffer): DataView => {
  const { buffer, byteLength, byteOffset } = bytes
  if (slabView.buffer !== buffer || slabView.byteOffset !== byteOffset || slabView.byteLength !== byteLength)
    slabView = viewOf(bytes)
  return slabView
}

/** The same from the record itself, whose levels are read where they stand. */
export const applyDelta = (book: Book, record: Decoded): void => {
  const isWritten = record instanceof WrittenRecord
  const view = isWritten ? viewOfSlab(record.bytes) : viewOfText(record.data)
  const from = isWritten ? record.keyEnd : 0
  // Neither its key nor its times have a list: the first one is that of the bids.
  const bids = firstList(view, from, isWritten ? record.end : view.byteLength - padding)
  const bidsEnd = eachLevel(view, bids, book.bids, change)
  const asksEnd = eachLevel(view, bidsEnd < 0 ? -1 : bidsEnd + between.length, book.asks, change)
  if (asksEnd < 0)
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
