import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import type { Journal } from "../../../../services/Journal.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import {
  type Continuity,
  isSequenceGap,
  type SequenceGap,
} from "../../../../src/collect/continuity/Continuity.ts"
import { continuityOf } from "../../../../src/collect/continuity/Marking.ts"
import { makeTrails } from "../../../../src/collect/continuity/Trails.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import type * as Ledger from "../../../../src/runtime/Ledger.ts"
import { testStream, testTime, testTrade } from "../../../support/envelopes.ts"
import { range } from "../../../support/journals.ts"
import { makeNarrow } from "../../../support/narrowJournal.ts"
import { withSeeds } from "../../../support/seed.ts"
import { drivenStates, isGap, newestGaps } from "../../../support/streamStates.ts"

const trades = testStream({ dataType: "trade" })
const trade = (id: number): Decoded => ({ ...testTrade(trades, id), first: id, last: id })
const idsOf = ({ first, last }: Ledger.Range) => range(first, last - first + 1)

const run = <A, E>(
  test: (narrow: ReturnType<typeof makeNarrow>) => Effect.Effect<A, E, Journal | Metrics | Scope.Scope>,
) => {
  const narrow = makeNarrow()
  return Effect.scoped(test(narrow)).pipe(Effect.provide(Layer.merge(narrow.layer, Metrics.layer)))
}

describe("ids that the journal had no room for", () => {
  it.effect("ids that were lost are named exactly, asked for again, and complete when they have come", () =>
    run(({ fill, free }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([trades], { canRepair: true })
        yield* driven.records([trade(1), trade(2)])
        fill()
        yield* driven.records([trade(3), trade(4)])
        yield* driven.records([trade(5)])
        free()
        yield* driven.records([trade(10)])
        const [overflow, sequence] = driven.gaps.filter(isSequenceGap).toReversed() as [
          SequenceGap,
          SequenceGap,
        ]
        assert.deepStrictEqual(overflow.from, { sequence: 3, timestamp: testTime + 2 })
        assert.deepStrictEqual(overflow.to, { sequence: 5, timestamp: testTime + 10 })
        assert.deepStrictEqual([sequence.first, sequence.last], [6, 9])
        assert.strictEqual(overflow.repair, "pending")
        const backfill = (ids: ReadonlyArray<number>, done: boolean) => {
          const asked = { backfillOf: overflow, records: ids.map(trade), holes: [], done, at: testTime + 11 }
          return driven.handle({ kind: "backfill", backfill: asked, bytes: 0 })
        }
        // What finds no room a second time is still missing, and can come again.
        fill()
        yield* backfill([3, 4], false)
        assert.strictEqual(overflow.repair, "pending")
        free()
        yield* backfill(range(3, 3), true)
        assert.strictEqual(overflow.repair, "complete")
        const ids = driven.out.flatMap(({ data }) => ("tradeId" in data ? [Number(data.tradeId)] : []))
        assert.deepStrictEqual(ids, [1, 2, 10, 3, 4, 5])
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("what was missing before is still its own gap's: neither waits for what is the other's", () =>
    run(({ fill, free }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([trades], { canRepair: true })
        yield* driven.records([trade(1)])
        fill()
        // 2, 3 and 6 find no room; 4 and 5 did not come.
        yield* driven.records([trade(2), trade(3), trade(6)])
        free()
        yield* driven.records([trade(7)])
        const gaps = driven.gaps.filter(isSequenceGap)
        assert.deepStrictEqual(
          gaps.map(({ cause, first, last, left, missing }) => [cause, first, last, left, missing]),
          [
            ["sequence", 4, 5, 2, 2],
            ["overflow", 2, 3, 2, 2],
            ["overflow", 6, 6, 1, 1],
          ],
        )
        for (const gap of gaps) {
          const records = range(gap.first, gap.left).map(trade)
          const backfill = { backfillOf: gap, records, holes: [], done: true, at: testTime + 11 }
          yield* driven.handle({ kind: "backfill", backfill, bytes: 0 })
        }
        assert.deepStrictEqual(
          newestGaps(driven.out).map(({ data }) => [data.repair, data.repairedBy]),
          [
            ["complete", "rest"],
            ["complete", "rest"],
            ["complete", "rest"],
          ],
        )
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("what came late and found no room is missing of its gap once more, and asked for again", () =>
    run(({ fill, free }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([trades], { canRepair: true })
        yield* driven.records([trade(1), trade(4)])
        fill()
        yield* driven.records([trade(2)])
        free()
        yield* driven.records([trade(5)])
        const [gap, again, ...others] = driven.gaps.filter(isSequenceGap)
        assert.strictEqual(again, gap)
        assert.deepStrictEqual(others, [])
        assert.deepStrictEqual([gap!.left, gap!.repair], [2, "pending"])
        // The last of it: it is whole for a moment, and then it is not.
        const backfill = { backfillOf: gap!, records: [trade(3)], holes: [], done: false, at: testTime + 11 }
        yield* driven.handle({ kind: "backfill", backfill, bytes: 0 })
        fill()
        yield* driven.records([trade(2)])
        free()
        yield* driven.records([trade(6)])
        assert.deepStrictEqual(
          driven.out
            .filter(isGap)
            .map(({ data, id, revision }) => [id.split(":").at(-1), data.cause, data.repair, revision]),
          [
            ["2", "sequence", "pending", 1],
            ["2", "sequence", "complete", 2],
            ["2", "overflow", "pending", 3],
          ],
        )
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("whatever is late, lost or asked again: what is missing belongs to exactly one gap", () =>
    withSeeds(20, (dice) =>
      run(({ fill, free }) =>
        Effect.gen(function* () {
          const driven = yield* drivenStates([trades], { canRepair: true })
          const { continuity } = driven.table.get(trades)!
          const options = { marks: [], position: 0, keepMillis: 0, collected: () => undefined }
          const trails = makeTrails(options)
          let accepted = 0
          let next = 1
          let late: Array<number> = []
          const pending = () => continuity.gaps.filter(({ repair }) => repair === "pending")
          const missing = () => continuity.ledger.missing.flatMap(({ first, last }) => idsOf({ first, last }))

          const compare = () => {
            trails.follower.accepted(driven.envelopes.slice(accepted), driven.envelopes.length)
            accepted = driven.envelopes.length
            const owners = missing().map((id) =>
              continuity.gaps.filter((gap) => gap.first <= id && id <= gap.last),
            )
            assert.isTrue(owners.every(({ length }) => length === 1))
            for (const gap of continuity.gaps)
              assert.strictEqual(gap.left, owners.filter(([owner]) => owner === gap).length)
            const [mark] = trails.marks()
            const restored = continuityOf(trades, mark!)
            const told = ({ gaps }: Continuity) =>
              gaps.map(({ first, last, left, size, revision, repaired }) => [
                first,
                last,
                left,
                size,
                revision,
                repaired,
              ])
            assert.deepStrictEqual(told(restored), told({ ...continuity, gaps: pending() }))
            assert.deepStrictEqual(restored.ledger.missing.flatMap(idsOf), missing())
          }

          const ask = Effect.fnUntraced(function* (all: boolean) {
            for (const gap of pending()) {
              if (!all && dice.chance(0.6)) continue
              const records = idsOf(gap).filter(() => all || dice.chance(0.5))
              const done = all
              const backfill = { backfillOf: gap, records: records.map(trade), holes: [], done, at: testTime }
              yield* driven.handle({ kind: "backfill", backfill, bytes: 0 })
            }
          })

          yield* driven.records([trade(next++)])
          for (let round = 0; round < 40; round++) {
            if (dice.chance(0.5)) fill()
            else free()
            const ids = range(next, 1 + dice.int(6))
            next += ids.length
            late.push(...ids.filter(() => dice.chance(0.3)))
            const came = ids.filter((id) => !late.includes(id))
            const now = late.filter(() => dice.chance(0.3))
            late = late.filter((id) => !now.includes(id))
            yield* driven.records([...came, ...now].map(trade))
            if (dice.chance(0.4)) yield* ask(false)
            free()
            // Everything is told with the next record.
            yield* driven.records([trade(next++)])
            compare()
          }
          yield* ask(true)
          compare()
          assert.deepStrictEqual(missing(), [])
          assert.isTrue(newestGaps(driven.out).every(({ data }) => data.repair === "complete"))
          const ids = driven.out.flatMap(({ data }) => ("tradeId" in data ? [Number(data.tradeId)] : []))
          assert.deepStrictEqual(
            ids.toSorted((left, right) => left - right),
            range(1, next - 1),
          )
          assert.isTrue(driven.balanced())
        }),
      ),
    ),
  )
})
