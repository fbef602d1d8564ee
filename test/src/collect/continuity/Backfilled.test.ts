import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { isSequenceGap, type SequenceGap } from "../../../../src/collect/continuity/Continuity.ts"
import type { Backfill } from "../../../../src/collect/Inlet.ts"
import { testStream, testTime, testTrade } from "../../../support/envelopes.ts"
import { withSeeds } from "../../../support/seed.ts"
import { drivenStates, isGap, newestGaps } from "../../../support/streamStates.ts"

const services = Layer.mergeAll(MemoryJournal.layer({ capacityBytes: 64 << 20 }), Metrics.layer)

const stream = testStream({ dataType: "trade" })
const trade = (id: number) => ({ ...testTrade(stream, id), first: id, last: id })

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

describe("a gap that is repaired", () => {
  it.effect(
    "whatever comes back, in whatever parts, and late: each id once, and the gap says what came of it",
    () =>
      withSeeds(40, (dice) =>
        Effect.gen(function* () {
          const driven = yield* drivenStates([stream], { canRepair: true })
          const backfill = (backfillOf: SequenceGap, ids: ReadonlyArray<number>, done: boolean) => {
            const message: Backfill = { backfillOf, records: ids.map(trade), holes: [], done, at: testTime }
            return driven.handle({ kind: "backfill", backfill: message, bytes: 0 })
          }
          let next = 1
          yield* driven.records([trade(next)])
          for (let round = 0; round < 6; round++) {
            const first = next + 1
            next = first + dice.int(40) + 1
            yield* driven.records([trade(next)])
            const gap = driven.gaps.findLast(isSequenceGap)!
            assert.deepStrictEqual([gap.first, gap.last, gap.repair], [first, next - 1, "pending"])
            const late = range(first, next - 1).filter(() => dice.chance(0.1))
            const back = range(first, next - 1).filter(() => !dice.chance(dice.pick([0, 0.3, 1])))
            const half = dice.int(back.length + 1)
            yield* backfill(gap, back.slice(0, half), false)
            yield* driven.records(late.map(trade))
            yield* backfill(gap, back.slice(half), true)
            yield* driven.records(dice.chance(0.5) ? back.map(trade) : [])
            const came = new Set([...late, ...back])
            const { data } = newestGaps(driven.out).at(-1)!
            const expected = came.size === 0 ? "none" : came.size === data.missing ? "complete" : "partial"
            assert.strictEqual(data.repair, expected)
            if (data.repairedBy !== undefined) assert.strictEqual(data.repairedBy, "rest")
          }
          const ids = driven.out.flatMap((record) => (record.type === "trade" ? [record.data.tradeId] : []))
          assert.strictEqual(new Set(ids).size, ids.length)
          assert.isTrue(driven.balanced())
        }).pipe(Effect.scoped, Effect.provide(services)),
      ),
  )

  it.effect("repaired records carry their source, behind the gap and before what is said of it", () =>
    Effect.gen(function* () {
      const driven = yield* drivenStates([stream], { canRepair: true })
      yield* driven.records([trade(1), trade(5), trade(6)])
      const gap = driven.gaps.find(isSequenceGap)!
      const backfill = {
        backfillOf: gap,
        records: [trade(2), trade(4)],
        holes: [{ first: 3, last: 3 }],
        done: true,
        at: testTime,
      }
      yield* driven.handle({ kind: "backfill", backfill, bytes: 0 })
      assert.deepStrictEqual(
        driven.out.map(
          (record) =>
            `${record.id.split(":").slice(2).join(":")} ${isGap(record) ? `${record.data.repair} ${record.data.repairedBy}` : record.source}`,
        ),
        [
          "trade:1 stream",
          "gap:trade:2 pending undefined",
          "trade:5 stream",
          "trade:6 stream",
          "trade:2 rest",
          "trade:4 rest",
          "gap:trade:2 complete rest",
        ],
      )
    }).pipe(Effect.scoped, Effect.provide(services)),
  )

  it.effect("records of a stream that nobody wants any more are filtered, not lost", () =>
    Effect.gen(function* () {
      const driven = yield* drivenStates([stream], { canRepair: true })
      yield* driven.records([trade(1), trade(5)])
      const gap = driven.gaps.find(isSequenceGap)!
      driven.table.delete(stream)
      const backfill = { backfillOf: gap, records: [trade(2)], holes: [], done: true, at: testTime }
      yield* driven.handle({ kind: "backfill", backfill, bytes: 0 })
      assert.deepStrictEqual(driven.account().filtered, { unsubscribed: 1 })
      assert.isTrue(driven.balanced())
    }).pipe(Effect.scoped, Effect.provide(services)),
  )
})
