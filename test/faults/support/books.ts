import type { MarketRecord } from "../../../src/domain/Record.ts"
import type { Feed } from "./feed.ts"

interface Book {
  readonly bids: Map<string, string>
  readonly asks: Map<string, string>
  last: number
  timestamp: number
}

type Level = readonly [price: string, quantity: string]

const partial = 20

const best = (side: ReadonlyMap<string, string>, direction: 1 | -1): ReadonlyArray<Level> =>
  Array.from(side)
    .toSorted(([left], [right]) => direction * (Number(left) - Number(right)))
    .slice(0, partial)

const put = (side: Map<string, string>, levels: ReadonlyArray<ReadonlyArray<string>>): void => {
  for (const [price, quantity] of levels)
    if (Number(quantity) === 0) side.delete(price!)
    else side.set(price!, quantity!)
}

/** What a consumer's books are after all records. */
export const makeBooks = () => {
  const books = new Map<string, Book>()

  const take = (line: string): void => {
    const record = JSON.parse(line) as MarketRecord
    if (record.type !== "depth") return
    const { asks, bids, kind, sequence } = record.data
    let book = books.get(record.native)
    if (kind === "snapshot")
      books.set(record.native, (book = { bids: new Map(), asks: new Map(), last: 0, timestamp: 0 }))
    if (book === undefined) return
    put(book.bids, bids)
    put(book.asks, asks)
    book.last = Number(sequence.last)
    book.timestamp = record.timestamp
  }

  /** How many of them are, in their first levels, the exchange's own at the same update, and how many are not. */
  const compare = ({ venue }: Feed) => {
    let equal = 0
    let other = 0
    for (const [native, { asks, bids, last, timestamp }] of books) {
      const stream = `${native.toLowerCase()}@depth${partial}@100ms`
      const truth = venue
        .truth(stream, timestamp - 2000, timestamp + 2000)
        .map((text) => JSON.parse(text) as { lastUpdateId: number; bids: unknown; asks: unknown })
        .find(({ lastUpdateId }) => lastUpdateId === last)
      const ours = JSON.stringify([best(bids, -1), best(asks, 1)])
      if (truth !== undefined && ours === JSON.stringify([truth.bids, truth.asks])) equal++
      else other++
    }
    return { equal, other }
  }

  return { take, compare }
}
