import { parseDataType } from "../../domain/DataType.ts"
import type { Instrument } from "../../domain/Instrument.ts"
import type { Stream } from "../../domain/Stream.ts"
import { isRefusal, type Venue } from "../../exchanges/Venue.ts"

/** What is made of a venue's books besides their verified deltas. */
export interface BookSettings {
  /** Whether books are kept and checked although nothing else is made of them. */
  readonly keep: boolean
  /** Levels a side of one book that are kept at most. */
  readonly maxLevels: number
  /** Each book as a snapshot of so many levels a side, so often, when it has changed. */
  readonly snapshots: { readonly everyMillis: number; readonly depth: number } | undefined
  /** Best prices from the book. */
  readonly bbo: boolean
}

/** Sequences alone, and checksums where the venue sends them: what a book of its own costs is for those who want one. */
export const usualBooks: BookSettings = { keep: false, maxLevels: 5000, snapshots: undefined, bbo: false }

/** Whether the book itself is published, so that it has to be known. */
export const publishesBooks = ({ bbo, snapshots }: BookSettings): boolean => bbo || snapshots !== undefined

const bbo = parseDataType("bbo")!

/** The venue's own stream of an instrument's best prices, where it has one. */
export const bestPricesOf = (venue: Venue, instrument: Instrument): Stream | undefined => {
  const own = venue.stream(bbo, instrument)
  return isRefusal(own) ? undefined : own
}
