import { type DataType, parseDataType } from "../../domain/DataType.ts"
import { type Decoded, noSequence } from "../../domain/Decoded.ts"
import { makeStream, type Stream } from "../../domain/Stream.ts"
import type { Book } from "./Book.ts"
import type { BookSettings } from "./BookSettings.ts"
import { bestPrice, bestQuantity, bestText } from "./SideTexts.ts"

/** What one book gives besides its deltas: after each record that changed it, best prices and snapshots that are due. */
export interface BookOutput {
  /** `record`: the last one that the book holds. */
  readonly after: (record: Decoded, book: Book, into: { readonly push: (record: Decoded) => void }) => void
}

/** The stream of what is made of a book: of its own, so that it stands beside the chain of deltas and not in it. */
const streamBeside = ({ instrument, route, venue, wire }: Stream, dataType: DataType): Stream =>
  makeStream({ venue, instrument, route, dataType, wire: `${wire}#${dataType.word}` })

/** A moment of its own in each period, so that a thousand books are not published at once. */
const phaseOf = ({ key }: Stream, everyMillis: number): number => {
  let hash = 2_166_136_261
  for (let index = 0; index < key.length; index++)
    hash = Math.imul(hash ^ key.charCodeAt(index), 16_777_619) >>> 0
  return hash % everyMillis
}

const made = (
  stream: Stream,
  key: string,
  data: string,
  { last, receivedAt, timestamp }: Decoded,
): Decoded => ({
  stream,
  type: stream.dataType.type,
  key,
  timestamp,
  receivedAt,
  data,
  first: noSequence,
  last,
  previous: noSequence,
})

export interface BookOutputOptions {
  /** Of the book's deltas. */
  readonly stream: Stream
  readonly settings: BookSettings
  /** The venue's own stream of best prices, where it has one; derived ones are that stream's. */
  readonly venueBbo: Stream | undefined
  /** Whether that is collected: then nothing is derived. */
  readonly isCollected: (stream: Stream) => boolean
}

/** Best prices whenever they have changed. */
const makeBbo = ({ isCollected, stream, venueBbo }: BookOutputOptions): BookOutput => {
  const bbo = venueBbo ?? streamBeside(stream, parseDataType("bbo")!)
  let before = ""
  return {
    after: (record, { asks, bids }, into) => {
      const bid = bestPrice(bids)
      const ask = bestPrice(asks)
      if (bid === undefined || ask === undefined || isCollected(bbo)) return
      const prices = `{"bid":"${bid}","bidQuantity":"${bestQuantity(bids)!}","ask":"${ask}","askQuantity":"${bestQuantity(asks)!}"`
      if (prices === before) return
      before = prices
      // A delta's key tells those apart whose sequence is a time.
      const key = record.first === noSequence ? String(record.last) : record.key
      into.push(made(bbo, key, `${prices},"sequence":"${record.last}"}`, record))
    },
  }
}

/** The best levels at the first change after each of its moments. */
const makeSnapshots = (
  stream: Stream,
  { depth, everyMillis }: NonNullable<BookSettings["snapshots"]>,
): BookOutput => {
  const beside = streamBeside(stream, parseDataType(`depth${depth}`)!)
  const phase = phaseOf(stream, everyMillis)
  let dueAt = Number.NEGATIVE_INFINITY
  return {
    after: (record, { asks, bids }, into) => {
      const { last, receivedAt } = record
      if (receivedAt < dueAt) return
      dueAt = (Math.floor((receivedAt - phase) / everyMillis) + 1) * everyMillis + phase
      const levels = `"bids":${bestText(bids, depth)},"asks":${bestText(asks, depth)}`
      const data = `{"kind":"snapshot",${levels},"sequence":{"last":"${last}"},"depth":${depth}}`
      into.push(made(beside, `snapshot:${depth}:${last}`, data, record))
    },
  }
}

export const makeBookOutput = (options: BookOutputOptions): BookOutput => {
  const { settings, stream } = options
  const outputs = [
    ...(settings.bbo ? [makeBbo(options)] : []),
    ...(settings.snapshots === undefined ? [] : [makeSnapshots(stream, settings.snapshots)]),
  ]
  return {
    after: (record, book, into) => {
      for (const output of outputs) output.after(record, book, into)
    },
  }
}
