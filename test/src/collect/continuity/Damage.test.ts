import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { JournalCheckpoints } from "../../../../services/JournalCheckpoints.ts"
import type { SequenceGap } from "../../../../src/collect/continuity/Continuity.ts"
import { makeRestart } from "../../../../src/collect/continuity/Restart.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { encodeBatch } from "../../../../src/domain/Encoder.ts"
import { type Envelope, payloadOf } from "../../../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../../../src/domain/Record.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { testStream, testTime, testTrade } from "../../../support/envelopes.ts"
import { quiet } from "../../../support/filesSink.ts"
import { bytesOf, envelopeFrame, framesOf, segmentFiles } from "../../../support/journalFiles.ts"
import { range } from "../../../support/journals.ts"
import { type Dice, makeDice, withSeeds } from "../../../support/seed.ts"
import { segmentsOn } from "../../../support/segmentsJournal.ts"
import { type SimulatedDisk, simulatedDisk } from "../../../support/simulatedDisk.ts"
import { isGap } from "../../../support/streamStates.ts"

const trades = testStream({ dataType: "trade" })
const others = testStream({ dataType: "trade", base: "ETH" })
const quotes = testStream({ dataType: "bbo" })
const books = testStream({ dataType: "depth" })
const klines = testStream({ dataType: "kline_1s" })
const streams = [trades, others, quotes, books, klines]

const trade = (stream: Stream, id: number): Decoded => ({ ...testTrade(stream, id), first: id, last: id })
const quote = (at: number): Decoded => ({
  ...testTrade(quotes, at),
  data: `{"bid":"1","bidQuantity":"1","ask":"2","askQuantity":"1"}`,
})
const delta = (id: number): Decoded => ({
  ...trade(books, id),
  data: `{"kind":"delta","bids":[["1","1"]],"asks":[["2","1"]],"sequence":{"first":"${id}","last":"${id}"}}`,
})
const kline = (number: number): Decoded => {
  const start = testTime + number * 1000
  const times = `"startTime":${start},"endTime":${start + 999}`
  return {
    ...trade(klines, number),
    key: `1s:${start}:closed`,
    data: `{"interval":"1s",${times},"open":"1","high":"1","low":"1","close":"1","volume":"1","closed":true}`,
    first: start,
    last: start + 999,
  }
}

const makers: ReadonlyArray<(number: number) => Decoded> = [
  (id) => trade(trades, id),
  (id) => trade(others, id),
  quote,
  delta,
  kline,
]

/** Numbers 1 to `count` of each stream, in turn; gives what stands at each position. */
const build = Effect.fnUntraced(function* (disk: SimulatedDisk, count: number, sinks: ReadonlyArray<string>) {
  const { journal } = yield* segmentsOn(disk.process().fs, { segmentSize: 8_000, sinks })
  for (const sink of sinks) yield* journal.reader(sink, "earliest")
  const records = range(1, count).flatMap((number) => makers.map((make) => make(number)))
  for (let at = 0; at < records.length; at += 10) {
    yield* journal.append(encodeBatch(records.slice(at, at + 10), "stream"))
    yield* journal.sync
  }
  return records
}, Effect.scoped)

/** Flips one bit of these envelopes. */
const flip = (disk: SimulatedDisk, dice: Dice, positions: ReadonlySet<number>) => {
  for (const path of segmentFiles(disk)) {
    const bytes = Buffer.from(bytesOf(disk, path))
    for (const { kind, length, offset, position } of framesOf(bytesOf(disk, path)))
      if (kind === envelopeFrame && positions.has(position)) {
        const at = offset + dice.int(length)
        bytes[at] = bytes[at]! ^ (1 << dice.int(8))
      }
    disk.tamper(path, () => bytes)
  }
}

/** The next process: what it says of its streams before they go on, and what it asks for. */
const life = Effect.fnUntraced(
  function* (
    disk: SimulatedDisk,
    sinks: ReadonlyArray<string>,
    options: { readonly canRepair?: boolean; readonly collected?: ReadonlyArray<Stream> } = {},
  ) {
    const { canRepair = true, collected = streams } = options
    const { checkpoints, journal } = yield* segmentsOn(disk.process().fs, { segmentSize: 8_000, sinks })
    const restart = yield* makeRestart({ keepMillis: 3_600_000 }).pipe(
      Effect.provideService(JournalCheckpoints, checkpoints),
    )
    const asked: Array<SequenceGap> = []
    const books: Array<unknown> = []
    for (const stream of collected) {
      const restored = restart.claim(stream, (gap) => {
        if (canRepair) asked.push(gap)
        return canRepair
      })
      if (stream.dataType.type === "depth") books.push(restored?.book)
    }
    const out: Array<Envelope> = []
    for (const said of restart.settled(() => new Set(collected.map(({ key }) => key))).values())
      out.push(...encodeBatch(said.out.records, "stream"))
    yield* journal.append(out)
    yield* journal.sync
    return { said: out.map((envelope) => parseRecord(payloadOf(envelope).toString())), asked, books }
  },
  Effect.scoped,
  quiet,
)

type GapRecord = Extract<MarketRecord, { readonly type: "gap" }>

const of = (said: ReadonlyArray<MarketRecord>, stream: Stream): ReadonlyArray<GapRecord> =>
  said
    .filter(isGap)
    .filter(
      ({ data, symbol }) => data.channel === stream.dataType.word && symbol === stream.instrument.symbol,
    )

/** Every number that gaps name. */
const named = (gaps: ReadonlyArray<GapRecord>, step = 1): ReadonlyArray<number> =>
  gaps.flatMap(({ data }) => {
    const [first, last] = [Number(data.from.sequence), Number(data.to.sequence)]
    return Array.from({ length: (last - first) / step + 1 }, (_, index) => first + index * step)
  })

/** Runs of numbers that follow each other, as the last before and the first after. */
const runsOf = (numbers: ReadonlyArray<number>): ReadonlyArray<readonly [number, number]> => {
  const runs: Array<readonly [number, number]> = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run !== undefined && run[1] === number) runs[runs.length - 1] = [run[0], number + 1]
    else runs.push([number - 1, number + 1])
  }
  return runs
}

describe("what the disk has lost of a journal", () => {
  it.effect("is named exactly, by gaps of the streams that it belongs to, and asked for again", () =>
    withSeeds(12, (dice) =>
      Effect.gen(function* () {
        const disk = simulatedDisk(dice)
        const count = 60
        const records = yield* build(disk, count, ["a"])
        const lost = new Set<number>()
        for (let holes = 1 + dice.int(4); holes > 0; holes--) {
          // Before and behind it each stream has a record.
          const from = 10 + dice.int(records.length - 60)
          for (let at = from; at < from + 1 + dice.int(40); at++) lost.add(at)
        }
        flip(disk, dice, lost)
        const { asked, books: restored, said } = yield* life(disk, ["a"])
        const gone = (stream: Stream) =>
          [...lost]
            .map((position) => records[position]!)
            .filter((record) => record.stream === stream)
            .map(({ first, stream: { dataType }, timestamp }) =>
              dataType.type === "bbo" ? timestamp - testTime : first,
            )
            .toSorted((left, right) => left - right)
        for (const stream of [trades, others]) {
          assert.deepStrictEqual(named(of(said, stream)), gone(stream))
          for (const { data } of of(said, stream)) {
            assert.deepInclude(data, { cause: "restart", repair: "pending" })
            assert.deepStrictEqual(data.from.timestamp, testTime + Number(data.from.sequence) - 1)
            assert.deepStrictEqual(data.to.timestamp, testTime + Number(data.to.sequence) + 1)
          }
        }
        assert.deepStrictEqual(named(of(said, klines), 1000), gone(klines))
        assert.deepStrictEqual(named(of(said, books)), gone(books))
        assert.deepStrictEqual(
          of(said, books).map(({ data }) => data.repair),
          of(said, books).map((_, index) => (index === 0 ? "pending" : "none")),
        )
        if (gone(books).length > 0) assert.deepStrictEqual(restored, [undefined])
        assert.strictEqual(
          asked.length,
          [trades, others, klines].reduce((sum, stream) => sum + of(said, stream).length, 0),
        )
        const times = of(said, quotes).map(({ data }) => [data.from.timestamp, data.to.timestamp])
        const at = (number: number) => testTime + number
        for (const [before, after] of runsOf(gone(quotes)))
          assert.deepInclude(times, [at(before), at(after)], "each hole of a stream without a chain")
        // It is told already.
        for (let again = 0; again < 2; again++)
          assert.deepStrictEqual((yield* life(disk, ["a"])).said, [], "told once")
      }),
    ),
  )

  it.effect("is not asked for where nobody collects the stream or can be asked", () =>
    Effect.gen(function* () {
      const disk = simulatedDisk(makeDice(1))
      yield* build(disk, 20, ["a"])
      flip(disk, makeDice(2), new Set(range(50, 10)))
      const { asked, said } = yield* life(disk, ["a"], { canRepair: false, collected: [trades] })
      assert.deepStrictEqual(asked, [])
      for (const stream of streams) {
        const last = of(said, stream).at(-1)
        assert.deepInclude(last?.data, { cause: "restart", repair: "none" }, stream.key)
      }
      assert.deepStrictEqual(named(of(said, others)), [11, 12])
    }),
  )

  it.effect("is nobody's gap where every sink had it", () =>
    Effect.gen(function* () {
      const disk = simulatedDisk(makeDice(1))
      yield* build(disk, 20, ["a"])
      yield* Effect.gen(function* () {
        const { journal } = yield* segmentsOn(disk.process().fs, { segmentSize: 8_000, sinks: ["a"] })
        const reader = yield* journal.reader("a", "earliest")
        yield* reader.commit(80)
      }).pipe(Effect.scoped, quiet)
      flip(disk, makeDice(2), new Set(range(50, 10)))
      assert.deepStrictEqual((yield* life(disk, ["a"])).said, [])
    }),
  )
})
