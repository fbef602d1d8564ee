import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Effect } from "effect"
import { bestText } from "../../src/collect/books/SideTexts.ts"
import { levelsOfSide } from "../../src/collect/books/Side.ts"
import { type LocalBook, makeLocalBook } from "../../src/collect/books/LocalBook.ts"
import { parseDataType } from "../../src/domain/DataType.ts"
import { type Decoded, noSequence } from "../../src/domain/Decoded.ts"
import type { Stream } from "../../src/domain/Stream.ts"
import { venues } from "../../src/exchanges/index.ts"
import { isRefusal } from "../../src/exchanges/Venue.ts"
import { type Dice, makeDice } from "../support/seed.ts"
import { mega, micros, type Row, times } from "./support/table.ts"

const levels = 1000
/** Levels a side of a delta: what Binance's busiest pairs change in 100 ms. */
const changed = 20

const venue = venues.get("binance")!()

const streamOf = (symbol: string): Stream => {
  const instrument = venue.instrument(symbol)
  if (isRefusal(instrument)) throw new Error(instrument.refused)
  const stream = venue.stream(parseDataType("depth")!, instrument)
  if (isRefusal(stream)) throw new Error(stream.refused)
  return stream
}

const decimal = (value: number): string =>
  `${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}000000`
const quantity = (dice: Dice): string => `${dice.int(90)}.${String(dice.int(100_000)).padStart(5, "0")}000`

const record = (stream: Stream, text: string, isSnapshot: boolean): Decoded => ({
  stream,
  type: "depth",
  key: "1",
  timestamp: 1,
  receivedAt: 1,
  data: text,
  first: isSnapshot ? noSequence : 1,
  last: 1,
  previous: noSequence,
})

/** Around a middle price, so many cents away on the average, no two at the same price. */
const side = (dice: Dice, sign: 1 | -1, count: number, spread: number, removes: number) => {
  const prices = new Set<number>()
  while (prices.size < count) prices.add(6_000_000 + sign * (1 + dice.int(spread)))
  return [...prices]
    .toSorted((left, right) => sign * (left - right))
    .map((price) => [decimal(price), dice.chance(removes) ? "0.00000000" : quantity(dice)] as const)
}

const both = (dice: Dice, count: number, spread: number, removes = 0): string =>
  `"bids":${JSON.stringify(side(dice, -1, count, spread, removes))},"asks":${JSON.stringify(side(dice, 1, count, spread, removes))}`

const collectGarbage = () => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  for (let n = 0; n < 3; n++) collect()
  return process.memoryUsage()
}

const timed = (rounds: number, work: (round: number) => void): number => {
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) work(round)
  const { system, user } = process.cpuUsage(before)
  return (user + system) / rounds
}

/** What a thousand whole books take, and what it costs to keep one in step. */
const measureBooks = (count: number, rounds: number): ReadonlyArray<Row> => {
  const dice = makeDice(1)
  const before = collectGarbage()
  const books: Array<LocalBook> = []
  for (let index = 0; index < count; index++) {
    const book = makeLocalBook(venue.depth!, { maxLevels: 5000, always: true })
    book.take(
      record(streamOf(`S${index}-USDT`), `{"kind":"snapshot",${both(dice, levels, levels)}}`, true),
      true,
    )
    books.push(book)
  }
  const stream = streamOf("S0-USDT")
  const deltas = Array.from({ length: 2000 }, () => both(dice, changed, levels, 0.3))
  const data = deltas.map((text) =>
    record(stream, `{"kind":"delta",${text},"sequence":{"first":"1","last":"1"}}`, false),
  )
  const messages = deltas.map((text) =>
    Buffer.from(
      `{"stream":"s0usdt@depth@100ms","data":{"e":"depthUpdate","E":1723161254021,"s":"S0USDT","U":1,"u":1,${text.replace("bids", "b").replace("asks", "a")}}}`,
    ),
  )
  const parse = (round: number) => void JSON.parse(messages[round % 2000]!.toString("latin1"))
  /** Of one book after the other, none of which the processor's caches still hold, or of the same again and again. */
  const applyTo = (of: number) => (round: number) => void books[round % of]!.take(data[round % 2000]!, false)
  timed(rounds, parse)
  timed(rounds, applyTo(count))
  const parsed = timed(rounds, parse)
  const one = timed(rounds, applyTo(1))
  const applied = timed(rounds, applyTo(count))
  const text = timed(rounds, (round) => void bestText(books[round % count]!.book.bids, 100))
  const after = collectGarbage()
  const kept = books.reduce((sum, { book }) => sum + levelsOfSide(book.bids) + levelsOfSide(book.asks), 0)
  const heap = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  return [
    { bench: "books", figure: `${count} books: levels kept`, value: kept.toLocaleString("en-US") },
    { bench: "books", figure: `${count} books: resident memory, whole process`, value: mega(after.rss) },
    {
      bench: "books",
      figure: `${count} books: heap and the bytes of their texts`,
      value: mega(heap),
      against: `${Math.round(heap / kept)} B a level`,
    },
    {
      bench: "books",
      figure: `delta of ${2 * changed} levels, one book of ${levels} a side`,
      value: micros(one),
      against: times(one / parsed),
      target: "≤ 2× JSON.parse of its message",
    },
    {
      bench: "books",
      figure: `the same, ${count} books in turn`,
      value: micros(applied),
      against: times(applied / parsed),
    },
    { bench: "books", figure: "100 levels of a side as text", value: micros(text) },
  ]
}

export const booksBench = ({ quick }: { readonly quick: boolean }) =>
  Effect.sync(() => measureBooks(quick ? 100 : 1000, quick ? 5000 : 50_000))
