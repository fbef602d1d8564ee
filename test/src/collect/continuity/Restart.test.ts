import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { noSequence } from "../../../../src/domain/Decoded.ts"
import { type MarketRecord, parseRecord } from "../../../../src/domain/Record.ts"
import { testTime } from "../../../support/envelopes.ts"
import { depth, best, streams, trade } from "../../../support/restartedExchange.ts"
import { after, type Driven, type Kept, nothingKept, pendingOf } from "../../../support/restarting.ts"
import { isGap } from "../../../support/streamStates.ts"

/** A record in a few words. */
const brief = (record: MarketRecord): string => {
  const key = record.id.split(":").slice(3).join(":")
  if (!isGap(record)) return `${key} ${record.source}`
  const { cause, repair, repairedBy, missing, from, to } = record.data
  const range = from.sequence === undefined ? "" : ` ${from.sequence}-${to.sequence ?? ""}`
  return `gap ${key}${range} ${cause} ${missing ?? ""} ${repair} ${repairedBy ?? ""} r${record.revision}`
}

const all = (kept: Kept) => kept.envelopes.map((envelope) => brief(parseRecord(envelope)))

const trades = (...ids: ReadonlyArray<number>) => ids.map((id) => trade(id, testTime + id * 10))

const backfill = (driven: Driven, ids: ReadonlyArray<number>, done: boolean) =>
  Effect.suspend(() => {
    const backfillOf = pendingOf(driven)[0]!
    const message = { backfillOf, records: trades(...ids), holes: [], done, at: testTime + 5_000 }
    return driven.handle({ kind: "backfill", backfill: message, bytes: 0 })
  })

describe("streams that go on after a restart", () => {
  it.effect("what was missed meanwhile is a gap with the cause restart, and what came twice is dropped", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      yield* after(kept, (driven) => driven.records(trades(1, 2, 3)))
      yield* after(kept, (driven) =>
        Effect.gen(function* () {
          yield* driven.interrupt("restart", testTime + 1_000)
          yield* driven.records(trades(3, 7))
          assert.deepStrictEqual(driven.account().duplicate, 1)
          yield* backfill(driven, [4, 5, 6], true)
        }),
      )
      assert.deepStrictEqual(all(kept), [
        "1 stream",
        "2 stream",
        "3 stream",
        "gap trade:4 4-6 restart 3 pending  r1",
        "7 stream",
        "4 rest",
        "5 rest",
        "6 rest",
        "gap trade:4 4-6 restart 3 complete rest r2",
      ])
      const gap = parseRecord(kept.envelopes[3]!)
      assert.isTrue(isGap(gap) && gap.data.from.timestamp === testTime + 30)
    }),
  )

  it.effect("the first start ever, and one in which nothing was missed, make no gap", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      yield* after(kept, (driven) =>
        Effect.andThen(driven.interrupt("restart", testTime), driven.records(trades(1, 2))),
      )
      yield* after(kept, (driven) =>
        Effect.andThen(driven.interrupt("restart", testTime), driven.records(trades(3))),
      )
      assert.deepStrictEqual(all(kept), ["1 stream", "2 stream", "3 stream"])
    }),
  )

  it.effect(
    "a gap that was pending is repaired by the next process: what is left of it, under the same id",
    () =>
      Effect.gen(function* () {
        const kept = nothingKept()
        yield* after(kept, (driven) =>
          Effect.gen(function* () {
            yield* driven.records(trades(1, 6, 7))
            yield* backfill(driven, [2, 3], false)
          }),
        )
        const before = kept.envelopes.length
        yield* after(kept, (driven) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(
              driven.repairs.map(({ first, last, left }) => [first, last, left]),
              [[2, 5, 2]],
            )
            yield* backfill(driven, [2, 3, 4, 5], true)
          }),
        )
        assert.deepStrictEqual(all(kept).slice(before), [
          "4 rest",
          "5 rest",
          "gap trade:2 2-5 sequence 4 complete rest r2",
        ])
      }),
  )

  it.effect("a gap of which nothing is missing any more is said to be complete, once", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      yield* after(kept, (driven) =>
        Effect.andThen(driven.records(trades(1, 3)), backfill(driven, [2], true)),
      )
      // Killed between the record and what is said of the gap.
      kept.envelopes.pop()
      for (let life = 0; life < 2; life++) yield* after(kept, () => Effect.void)
      assert.deepStrictEqual(all(kept).slice(3), ["2 rest", "gap trade:2 2-2 sequence 1 complete rest r2"])
    }),
  )

  it.effect("a gap that cannot be repaired any more is concluded", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      yield* after(kept, (driven) =>
        Effect.andThen(driven.records(trades(1, 4)), backfill(driven, [2], false)),
      )
      yield* after(kept, () => Effect.void, { canRepair: false })
      assert.deepStrictEqual(all(kept).slice(3), ["2 rest", "gap trade:2 2-3 sequence 2 partial rest r2"])
    }),
  )

  it.effect("a gap that was opened and whose next record was lost is not opened a second time", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      yield* after(kept, (driven) => driven.records(trades(1, 4)), { canRepair: false })
      kept.envelopes.pop()
      yield* after(kept, (driven) => driven.records(trades(6)), { canRepair: false })
      assert.deepStrictEqual(all(kept), [
        "1 stream",
        "gap trade:2 2-3 sequence 2 none  r1",
        "gap trade:4 4-5 sequence 2 none  r1",
        "6 stream",
      ])
    }),
  )

  it.effect("a book goes on where it stood, or is made whole by a snapshot, which ends its gap", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      const snapshot = (driven: Driven, last: number) =>
        driven.handle({
          kind: "snapshot",
          stream: streams.book,
          result: depth(testTime, noSequence, last),
          bytes: 0,
        })
      yield* after(kept, (driven) =>
        Effect.gen(function* () {
          yield* driven.records([depth(testTime, 9, 11)])
          yield* snapshot(driven, 10)
        }),
      )
      yield* after(kept, (driven) =>
        Effect.gen(function* () {
          yield* driven.interrupt("restart", testTime)
          yield* driven.records([depth(testTime, 10, 11), depth(testTime, 12, 12)])
          yield* driven.interrupt("restart", testTime)
          yield* driven.records([depth(testTime, 15, 16)])
        }),
      )
      yield* after(kept, (driven) =>
        Effect.gen(function* () {
          yield* driven.records([depth(testTime, 18, 19)])
          yield* snapshot(driven, 17)
        }),
      )
      // Killed before it was said that the book is whole.
      kept.envelopes.splice(-2)
      yield* after(kept, (driven) => driven.records([depth(testTime, 18, 19)]))
      assert.deepStrictEqual(all(kept), [
        "snapshot:1000:10 rest",
        "11 stream",
        "12 stream",
        "gap depth:13 13-14 restart  pending  r1",
        "snapshot:1000:17 rest",
        "gap depth:13 13-14 restart  complete resync r2",
        "19 stream",
      ])
    }),
  )

  it.effect("a book whose sequences began anew meanwhile is not silent for ever", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      yield* after(kept, (driven) =>
        Effect.gen(function* () {
          yield* driven.records([depth(testTime, 999, 1000)])
          yield* driven.handle({
            kind: "snapshot",
            stream: streams.book,
            result: depth(testTime, noSequence, 999),
            bytes: 0,
          })
        }),
      )
      yield* after(kept, (driven) =>
        Effect.gen(function* () {
          yield* driven.interrupt("restart", testTime + 60_000)
          yield* driven.records([depth(testTime + 60_000, 3, 4)])
          assert.deepStrictEqual(
            driven.events.map(({ kind }) => kind),
            ["broken", "wanted"],
          )
        }),
      )
      assert.strictEqual(all(kept).at(-1), "gap depth:1001 1001- restart  pending  r1")
    }),
  )

  it.effect(
    "a stream without a chain has a gap by time, one while it is interrupted, whatever stops meanwhile",
    () =>
      Effect.gen(function* () {
        const kept = nothingKept()
        yield* after(kept, (driven) =>
          Effect.gen(function* () {
            yield* driven.records([best(testTime, 1)])
            yield* driven.interrupt("disconnect", testTime + 10)
          }),
        )
        yield* after(kept, (driven) => driven.interrupt("restart", testTime + 20))
        yield* after(kept, (driven) =>
          Effect.gen(function* () {
            yield* driven.interrupt("restart", testTime + 30)
            yield* driven.records([best(testTime, 1), best(testTime + 40, 2)])
            yield* driven.interrupt("stall", testTime + 50)
          }),
        )
        assert.deepStrictEqual(all(kept), [
          "1 stream",
          `gap bbo:${testTime} disconnect  none  r1`,
          `gap bbo:${testTime} disconnect  none  r2`,
          "2 stream",
          `gap bbo:${testTime + 40} stall  none  r1`,
        ])
      }),
  )

  it.effect("of a stream that is not collected any more the last word is said, and no new gap", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      yield* after(kept, (driven) =>
        Effect.gen(function* () {
          yield* driven.records([...trades(1, 3), best(testTime, 1)])
          yield* driven.interrupt("disconnect", testTime + 10)
        }),
      )
      const before = kept.envelopes.length
      for (let life = 0; life < 2; life++)
        yield* after(kept, (driven) => driven.interrupt("restart", testTime + 20), { collected: [] })
      assert.deepStrictEqual(all(kept).slice(before), [
        "gap trade:2 2-2 sequence 1 none  r2",
        `gap bbo:${testTime} disconnect  none  r2`,
      ])
      const ended = kept.envelopes.slice(before).map((envelope) => parseRecord(envelope))
      assert.isTrue(ended.every((gap) => isGap(gap) && gap.data.to.timestamp !== undefined))
    }),
  )
})
