import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { lateMillis } from "../../../../src/collect/continuity/Sequences.ts"
import { type Decoded, noSequence } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { testStream, testTime } from "../../../support/envelopes.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"
import { drivenStates, isGap, newestGaps } from "../../../support/streamStates.ts"

const services = Layer.mergeAll(MemoryJournal.layer({ capacityBytes: 64 << 20 }), Metrics.layer)

const trades = testStream({ dataType: "trade" })

const trade = (id: number, stream: Stream = trades, timestamp = testTime + id * 10): Decoded => ({
  stream,
  type: "trade",
  key: String(id),
  timestamp,
  receivedAt: timestamp + 0.25,
  data: `{"price":"1","quantity":"1","side":"buy","tradeId":"${id}","tradeTime":${timestamp}}`,
  first: id,
  last: id,
  previous: noSequence,
})

const minutes = testStream({ dataType: "kline_1m" })
const minute = 60_000

/** The n-th minute; open ones are told apart by their time within it. */
const kline = (n: number, closed: boolean, after = closed ? minute : 1): Decoded => {
  const start = testTime + n * minute
  const timestamp = start + after
  return {
    stream: minutes,
    type: "kline",
    key: `1m:${start}:${closed ? "closed" : timestamp}`,
    timestamp,
    receivedAt: timestamp + 0.5,
    data: `{"interval":"1m","startTime":${start},"endTime":${start + minute - 1},"open":"1","high":"1","low":"1","close":"1","volume":"1","closed":${closed}}`,
    first: start,
    last: closed ? start + minute - 1 : noSequence,
    previous: noSequence,
  }
}

const ids = (records: ReadonlyArray<{ readonly type: string; readonly id: string }>) =>
  records.map(({ id }) => id.split(":").slice(2).join(":"))

const live = <E>(
  name: string,
  test: Effect.Effect<unknown, E, Layer.Success<typeof services> | Scope.Scope>,
) => it.effect(name, () => Effect.scoped(test).pipe(Effect.provide(services)))

/** What an exchange says, as a faulty line delivers it. */
const delivered = (dice: Dice, count: number): ReadonlyArray<number> => {
  const line: Array<{ readonly id: number; readonly at: number }> = []
  const start = 1000 + dice.int(1000)
  let dropping = 0
  for (let index = 0; index < count; index++) {
    if (dice.chance(0.02)) dropping = 1 + dice.int(20)
    if (dropping > 0) dropping--
    else line.push({ id: start + index, at: index + (dice.chance(0.05) ? dice.int(30) : 0) })
    if (dice.chance(0.03)) line.push({ id: start + index - dice.int(Math.min(20, index + 1)), at: index })
  }
  return line.toSorted((a, b) => a.at - b.at).map(({ id }) => id)
}

describe("gaps of sequences", () => {
  it.effect(
    "whatever a line drops, repeats and reorders: each id comes out once, and every one that does not is in a gap",
    () =>
      withSeeds(40, (dice) =>
        Effect.gen(function* () {
          const driven = yield* drivenStates([trades])
          const line = delivered(dice, 400)
          for (let index = 0; index < line.length;) {
            const size = 1 + dice.int(40)
            yield* driven.records(line.slice(index, index + size).map((id) => trade(id)))
            index += size
            if (dice.chance(0.1)) yield* driven.interrupt("disconnect", testTime)
          }
          const came: Array<number> = []
          const named = new Set<number>()
          for (const record of driven.out) {
            if (record.type === "trade") came.push(Number(record.data.tradeId))
            if (!isGap(record) || record.revision > 1) continue
            const [first, last] = [Number(record.data.from.sequence), Number(record.data.to.sequence)]
            assert.strictEqual(record.data.missing, last - first + 1)
            for (let id = first; id <= last; id++) {
              assert.isFalse(named.has(id), `${id} is named by one gap`)
              assert.isFalse(came.includes(id), `${id} is not missing`)
              named.add(id)
            }
          }
          assert.strictEqual(new Set(came).size, came.length, "nothing comes twice")
          assert.deepStrictEqual(
            came.toSorted((a, b) => a - b),
            [...new Set(line)].toSorted((a, b) => a - b),
          )
          for (let id = Math.min(...line); id <= Math.max(...line); id++)
            assert.isTrue(line.includes(id) || named.has(id), `${id} is neither there nor named`)
          for (const { data } of newestGaps(driven.out)) {
            const [first, last] = [Number(data.from.sequence), Number(data.to.sequence)]
            const filled = came.filter((id) => id >= first && id <= last).length
            const expected = filled === 0 ? "none" : filled === data.missing ? "complete" : "partial"
            assert.strictEqual(data.repair, expected)
          }
          assert.isTrue(driven.balanced())
          assert.strictEqual(driven.account().duplicate, line.length - came.length)
        }).pipe(Effect.scoped, Effect.provide(services)),
      ),
  )

  live(
    "a gap says what is missing, between which records, and why; it stands before the record that showed it",
    Effect.gen(function* () {
      const driven = yield* drivenStates([trades])
      yield* driven.records([trade(1), trade(2), trade(5), trade(6)])
      yield* driven.interrupt("disconnect", testTime + 1_000.5)
      yield* driven.records([trade(9)])
      const order = ["trade:1", "trade:2", "gap:trade:3", "trade:5", "trade:6", "gap:trade:7", "trade:9"]
      assert.deepStrictEqual(ids(driven.out), order)
      const [first, second] = newestGaps(driven.out)
      assert.deepStrictEqual(first!.data, {
        channel: "trade",
        cause: "sequence",
        from: { sequence: "3", timestamp: testTime + 20 },
        to: { sequence: "4", timestamp: testTime + 50 },
        missing: 2,
        repair: "none",
      })
      assert.deepStrictEqual(
        [first!.id, first!.receivedAt, first!.timestampSource, first!.revision],
        ["test:BTC-USDT:gap:trade:3", testTime + 50.25, "receive", 1],
      )
      assert.strictEqual(second!.data.cause, "disconnect")
    }),
  )

  live(
    "an interruption in which nothing was missed makes no gap of a stream with a chain",
    Effect.gen(function* () {
      const driven = yield* drivenStates([trades])
      yield* driven.records([trade(1)])
      yield* driven.interrupt("disconnect", testTime)
      yield* driven.records([trade(1), trade(2)])
      assert.deepStrictEqual(newestGaps(driven.out), [])
      assert.strictEqual(driven.account().duplicate, 1)
    }),
  )

  live(
    "what a venue skips by design is not missing",
    Effect.gen(function* () {
      const driven = yield* drivenStates([trades])
      yield* driven.records([trade(1)])
      const skipped = {
        stream: trades,
        first: 2,
        last: 2,
        timestamp: testTime + 20,
        receivedAt: testTime + 20,
      }
      yield* driven.handle({ kind: "skipped", skipped: [skipped], bytes: 0 })
      yield* driven.records([trade(3)])
      assert.deepStrictEqual(newestGaps(driven.out), [])
    }),
  )

  live(
    "when the exchange counts anew that is a gap without an end in numbers, and what follows is no duplicate",
    Effect.gen(function* () {
      const driven = yield* drivenStates([trades])
      yield* driven.records([trade(500_000), trade(500_001)])
      const later = (id: number) => trade(id, trades, testTime + 500_001 * 10 + id)
      yield* driven.records([later(1), later(2), later(4), trade(500_001)])
      assert.deepStrictEqual(
        newestGaps(driven.out).map(({ data }) => [data.from.sequence, data.to.sequence, data.missing]),
        [
          ["500002", undefined, undefined],
          ["3", "3", 1],
          ["5", "500000", 499_996],
        ],
      )
    }),
  )

  live(
    "a closed kline that did not come is missed as soon as the next one opens, by its open time",
    Effect.gen(function* () {
      const driven = yield* drivenStates([minutes])
      yield* driven.records([kline(0, false), kline(0, true), kline(1, false), kline(4, false)])
      const [gap] = newestGaps(driven.out)
      assert.deepStrictEqual(gap!.data, {
        channel: "kline_1m",
        cause: "sequence",
        from: { sequence: String(testTime + minute), timestamp: testTime + minute + 1 },
        to: { sequence: String(testTime + 3 * minute), timestamp: testTime + 4 * minute + 1 },
        missing: 3,
        repair: "none",
      })
      yield* driven.records([kline(2, true), kline(4, true), kline(4, true), kline(4, false)])
      assert.strictEqual(newestGaps(driven.out)[0]!.data.repair, "partial")
      assert.strictEqual(driven.account().duplicate, 2)
    }),
  )

  live(
    "of a gap whose last word was said nothing is kept for long",
    Effect.gen(function* () {
      const driven = yield* drivenStates([trades])
      const seconds = 10_000
      for (let id = 1; id <= 1_000; id += 2)
        yield* driven.records([trade(id, trades, testTime + (id / 2) * seconds)])
      const { continuity } = driven.table.get(trades)!
      const most = lateMillis / seconds + 2
      assert.isBelow(continuity.gaps.length, most)
      assert.isBelow(continuity.ledger.missing.length, most)
      assert.strictEqual(newestGaps(driven.out).length, 499)
      // What comes late of a young one fills it; of an old one the last word was said.
      yield* driven.records([trade(998, trades, testTime), trade(4, trades, testTime)])
      assert.strictEqual(newestGaps(driven.out).filter(({ data }) => data.repair === "complete").length, 1)
    }),
  )

  live(
    "a gap that is being repaired is kept, however old",
    Effect.gen(function* () {
      const seconds = 10_000
      const repairing = yield* drivenStates([trades], { canRepair: true })
      for (let id = 1; id <= 300; id += 2)
        yield* repairing.records([trade(id, trades, testTime + (id / 2) * seconds)])
      assert.strictEqual(repairing.table.get(trades)!.continuity.gaps.length, 149)
    }),
  )

  live(
    "klines that nobody says are closed open one after the other, and none is missed",
    Effect.gen(function* () {
      const stream: Stream = { ...minutes, unnumbered: true }
      const driven = yield* drivenStates([stream])
      yield* driven.records([0, 0, 1, 4].map((n, at) => ({ ...kline(n, false, at + 1), stream })))
      assert.strictEqual(driven.out.length, 4)
      assert.deepStrictEqual(newestGaps(driven.out), [])
    }),
  )
})
