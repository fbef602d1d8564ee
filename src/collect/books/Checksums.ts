import type { Decoded } from "../../domain/Decoded.ts"
import type { DepthRule } from "../../exchanges/Venue.ts"
import { type Book, changeBook, levelsOf, makeBook, resetBook } from "./Book.ts"

/** The book of one chain, kept while its records carry checksums. */
export interface Checksums {
  /** Whether the book adds up to what the record says, after it. A record without a checksum says nothing. */
  readonly agrees: (record: Decoded, isSnapshot: boolean) => boolean
}

export const makeChecksums = (rule: NonNullable<DepthRule["checksum"]>): Checksums => {
  let book: Book | undefined
  return {
    agrees: (record, isSnapshot) => {
      const { checksum } = record
      if (isSnapshot)
        book = checksum === undefined && rule.unsummedSnapshots !== true ? undefined : makeBook()
      if (book === undefined) return true
      if (isSnapshot) resetBook(book, levelsOf(record.data))
      else changeBook(book, levelsOf(record.data), rule.keeps?.(record.stream))
      if (checksum === undefined) return true
      return rule.of(book.bids.slice(0, rule.levels), book.asks.slice(0, rule.levels)) === checksum
    },
  }
}
