import type { Decoded } from "../../domain/Decoded.ts"
import type { DepthRule } from "../../exchanges/Venue.ts"
import {
  applyDelta,
  type Book,
  boundBook,
  forgetDeeper,
  isCrossed,
  levelsOf,
  makeBook,
  resetBook,
} from "./Book.ts"
import { bestOf } from "./SideTexts.ts"

/** Why a record whose sequence fits does not make the venue's book. */
export type BookFault =
  /** It adds up to something else than the venue says. */
  | "checksum"
  /** Its best bid is not below its best ask. */
  | "crossed"
  /** It is not known what the book was before: the chain goes on from an earlier process. */
  | "unknown"

export interface LocalBookOptions {
  /** Levels a side that are kept at most; all unless given. */
  readonly maxLevels?: number
  /** Whether it is kept although its records carry no checksum. */
  readonly always?: boolean
  /** Whether more than checks is made of it, so that it has to be known. */
  readonly required?: boolean
}

/** One instrument's book, kept in step with the chain that publishes its deltas. */
export interface LocalBook {
  readonly book: Book
  readonly isKnown: () => boolean
  /** Applies a snapshot or a delta. A fault: the book is none any more until the next snapshot. */
  readonly take: (record: Decoded, isSnapshot: boolean) => BookFault | undefined
  /** The chain broke: nothing is known until the next snapshot. */
  readonly forget: () => void
}

export const makeLocalBook = (rule: DepthRule, options: LocalBookOptions = {}): LocalBook => {
  const { always = false, maxLevels = Number.POSITIVE_INFINITY, required = false } = options
  const { checksum } = rule
  const nothing = { bids: [], asks: [] }
  const book = makeBook()
  let isKnown = false
  /** Whether the sums of the records after the snapshot say anything: they do where the snapshot had one, or never has. */
  let sums = false

  const forget = () => {
    if (isKnown) resetBook(book, nothing)
    isKnown = false
  }

  const faultOf = (record: Decoded): BookFault | undefined => {
    if (isCrossed(book)) return "crossed"
    if (checksum === undefined || !sums || record.checksum === undefined) return undefined
    const { levels } = checksum
    return checksum.of(bestOf(book.bids, levels), bestOf(book.asks, levels)) === record.checksum
      ? undefined
      : "checksum"
  }

  return {
    book,
    isKnown: () => isKnown,
    forget,
    take: (record, isSnapshot) => {
      if (isSnapshot) {
        sums = record.checksum !== undefined || checksum?.unsummedSnapshots === true
        if (!always && !sums) {
          forget()
          return undefined
        }
        resetBook(book, levelsOf(record.data))
        isKnown = true
      } else if (isKnown) applyDelta(book, record)
      else return required ? "unknown" : undefined
      if (checksum?.keeps !== undefined) forgetDeeper(book, checksum.keeps(record.stream))
      boundBook(book, maxLevels)
      const fault = faultOf(record)
      if (fault !== undefined) forget()
      return fault
    },
  }
}
