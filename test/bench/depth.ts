import { Effect } from "effect"
import { gunzipSync } from "node:zlib"
import { applyDelta, levelsOf, makeBook, resetBook } from "../../src/collect/books/Book.ts"
import { isSnapshot } from "../../src/collect/DepthChain.ts"
import { type Decoded, makeOutput } from "../../src/domain/Decoded.ts"
import { giveBack } from "../../src/domain/Slab.ts"
import { WrittenRecord } from "../../src/domain/WrittenRecord.ts"
import { venues } from "../../src/exchanges/index.ts"
import type { Venue } from "../../src/exchanges/Venue.ts"
import { recordingsAbsent } from "../support/recordings.ts"
import { type DepthFrame, depthFrames } from "./support/depthFrames.ts"
import { fillUp } from "./support/fullBook.ts"
import { median } from "./support/measure.ts"
import { micros, type Row, times } from "./support/table.ts"
import { frameOf } from "../../src/domain/Frame.ts"

/** Levels a side of each book. */
const levels = 1000

/** Records of one socket read. */
const batchSize = 512

/** Messages of one round, so that each takes long enough to be timed. */
const messagesOfRound = 8000

/** Of a book before it is filled anew, which empties the processor's caches: shorter sessions repeat. */
const leastUpdates = 300

interface Update {
  readonly frame: Buffer
  readonly text: Buffer
  readonly record: Decoded
  readonly route: string | undefined
}

/** The changes among the frames, each one record of a book. */
const updatesOf = (venue: Venue, frames: ReadonlyArray<DepthFrame>): ReadonlyArray<Update> =>
  frames.flatMap(({ bytes, route }) => {
    const output = makeOutput()
    venue.decode(frameOf(bytes), 1_723_161_254_000.5, output, route)
    const [record] = output.records
    if (output.records.length !== 1 || record!.type !== "depth" || isSnapshot(record!)) return []
    const text = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
    return [{ frame: bytes, text, record: record!, route }]
  })

const timed = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { system, user } = process.cpuUsage(before)
  return user + system
}

/** Each update on the book of its stream, which has a thousand levels a side around what its updates change. */
const measureVenue = (name: string, rounds: number): ReadonlyArray<Row> => {
  const venue = venues.get(name)!()
  const { frames, from } = depthFrames(name)
  const recorded = updatesOf(venue, frames)
  if (recorded.length === 0) throw new Error(`${name} has no update of a book`)
  const updates = Array.from({ length: Math.ceil(leastUpdates / recorded.length) }, () => recorded).flat()
  const laps = Math.ceil(messagesOfRound / updates.length)
  const count = laps * updates.length
  const byStream = Map.groupBy(updates, ({ record }) => record.stream)
  const whole = [...byStream.values()].map((own) =>
    fillUp(
      own.map(({ record }) => record.data),
      levels,
    ),
  )
  const books = new Map([...byStream.keys()].map((stream, index) => [stream, { book: makeBook(), index }]))
  const begin = () => {
    for (const { book, index } of books.values()) resetBook(book, whole[index]!)
  }
  const output = makeOutput()
  /** What was looked at is given back, as the journal does once its readers are through. */
  const used: Array<WrittenRecord> = []
  const compressed = updates.some(({ frame, text }) => frame !== text)
  const figures = {
    parse: [] as Array<number>,
    apply: [] as Array<number>,
    all: [] as Array<number>,
    bare: [] as Array<number>,
  }
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    let parse = 0
    let apply = 0
    let all = 0
    let bare = 0
    for (let lap = 0; lap < laps; lap++) {
      parse += timed(() => {
        for (const { text } of updates) JSON.parse(text as unknown as string)
      })
      bare += timed(() => {
        for (const { frame, text } of updates)
          JSON.parse((frame === text ? frame : gunzipSync(frame)) as unknown as string)
      })
      begin()
      apply += timed(() => {
        for (const { record } of updates) applyDelta(books.get(record.stream)!.book, record)
      })
      begin()
      all += timed(() => {
        for (const { frame, route } of updates) {
          venue.decode(frameOf(frame), 1_723_161_254_000.5, output, route)
          const record = output.records.pop()!
          applyDelta(books.get(record.stream)!.book, record)
          if (record instanceof WrittenRecord && used.push(record) === batchSize) giveBack(used.splice(0))
        }
      })
    }
    if (round === 0) continue
    figures.parse.push(parse / count)
    figures.apply.push(apply / count)
    figures.all.push(all / count)
    figures.bare.push(bare / count)
  }
  const parse = median(figures.parse)
  const apply = median(figures.apply)
  const all = median(figures.all)
  const bare = median(figures.bare)
  const changed = updates.reduce((sum, { record }) => {
    const { asks, bids } = levelsOf(record.data)
    return sum + asks.length + bids.length
  }, 0)
  const mean = (changed / updates.length).toFixed(1)
  return [
    {
      bench: "depth",
      figure: `${name} (${from}, ${mean} levels an update): applied to a book of ${levels} a side`,
      value: `${micros(apply)}, JSON.parse ${micros(parse)}`,
      against: times(apply / parse),
      target: "≤ 2.00×",
    },
    {
      bench: "depth",
      figure: `${name}: decoded and applied`,
      value: compressed ? `${micros(all)}, decompressed and parsed ${micros(bare)}` : micros(all),
      against: times(all / bare),
      target: "≤ 2.00×",
    },
  ]
}

/** What a book costs to keep: each venue's updates applied to books of a thousand levels, by `JSON.parse` of their messages. */
export const depthBench = ({ quick }: { readonly quick: boolean }) =>
  Effect.sync(() =>
    recordingsAbsent ? [] : [...venues.keys()].flatMap((name) => measureVenue(name, quick ? 2 : 5)),
  )
