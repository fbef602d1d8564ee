import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { makeContinuity } from "../../../../src/collect/continuity/Continuity.ts"
import { continuityOf, markOf } from "../../../../src/collect/continuity/Marking.ts"
import { makeTrail, maxHoles, note } from "../../../../src/collect/continuity/Trail.ts"
import { makeEntry } from "../../../../src/collect/StreamTable.ts"
import { type Decoded, noSequence } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import type { DepthRule } from "../../../../src/exchanges/Venue.ts"
import { testStream, testTime, testTrade } from "../../../support/envelopes.ts"
import { drivenStates, isGap, newestGaps } from "../../../support/streamStates.ts"

const services = Layer.mergeAll(MemoryJournal.layer({ capacityBytes: 1 << 20 }), Metrics.layer)

const trades = testStream({ dataType: "trade" })
const books = testStream({ dataType: "depth" })
const quotes = testStream({ dataType: "bbo" })

const levels = `"bids":[["1","1"]],"asks":[["2","1"]]`

const trade = (id: number): Decoded => ({ ...testTrade(trades, id), first: id, last: id })

const change = (id: number): Decoded => ({
  ...trade(id),
  stream: books,
  type: "depth",
  data: `{"kind":"delta",${levels},"sequence":{"first":"${id}","last":"${id}"}}`,
})

const quote = (id: number): Decoded => ({
  ...trade(id),
  stream: quotes,
  type: "bbo",
  data: `{"bid":"1","bidQuantity":"1","ask":"2","askQuantity":"1"}`,
  first: noSequence,
  last: noSequence,
})

const snapshot = (id: number): Decoded => ({
  ...change(id),
  key: `snapshot:full:${id}`,
  data: `{"kind":"snapshot",${levels},"sequence":{"last":"${id}"}}`,
  first: noSequence,
})

const depth: DepthRule = {
  numbered: true,
  snapshots: { kind: "stream" },
  join: (last, { last: own }) => (own <= last ? "contained" : own === last + 1 ? "next" : "gap"),
  follow: (last, { last: own }) => (own <= last ? "contained" : own === last + 1 ? "next" : "gap"),
}

const run = (
  name: string,
  test: Effect.Effect<void, unknown, Layer.Success<typeof services> | Scope.Scope>,
) => it.effect(name, () => Effect.scoped(test).pipe(Effect.provide(services)))

type Options = Parameters<typeof drivenStates>[1]

const drive = Effect.fnUntraced(function* (stream: Stream, options: Options = {}) {
  const driven = yield* drivenStates([stream], options)
  const interruption = { interrupted: [stream], cause: "rejected" } as const
  return {
    ...driven,
    /** A frame of it cannot be read. */
    refuse: (at: number) =>
      driven.handle({ kind: "interrupted", interruption: { ...interruption, at }, bytes: 0 }),
    /** And nothing that could be read has come for long. */
    lasts: (at: number) =>
      driven.handle({ kind: "interrupted", interruption: { ...interruption, at, lasts: true }, bytes: 0 }),
    said: () =>
      driven.out.filter(isGap).map(({ data: { cause, from, missing, repair, to }, id, revision }) => ({
        gap: id.split(":").at(-1),
        revision,
        cause,
        from,
        to,
        repair,
        ...(missing === undefined ? {} : { missing }),
      })),
  }
})

const millis = (number: number) => testTime + number

describe("a stream whose frames come and cannot be read", () => {
  run(
    "says so once it has lasted, and with the next trade how many are missing, under the same id",
    Effect.gen(function* () {
      const driven = yield* drive(trades, { canRepair: true })
      yield* driven.records([trade(1), trade(2)])
      yield* driven.refuse(millis(10))
      yield* driven.refuse(millis(20))
      assert.deepStrictEqual(driven.said(), [], "the next trade may tell it")
      yield* driven.lasts(millis(5_000))
      yield* driven.lasts(millis(6_000))
      const from = { sequence: "3", timestamp: millis(2) }
      const open = { gap: "3", revision: 1, cause: "rejected", from, to: {}, repair: "pending" } as const
      assert.deepStrictEqual(driven.said(), [open], "and once")
      assert.deepStrictEqual(
        driven.gaps.map(({ first }) => first),
        [3],
      )
      yield* driven.records([trade(9), trade(10)])
      const to = { sequence: "8", timestamp: millis(9) }
      assert.deepStrictEqual(driven.said(), [open, { ...open, revision: 2, to, missing: 6 }])
      assert.strictEqual(driven.gaps.length, 2, "it is asked for again")
      yield* driven.records([3, 4, 5, 6, 7, 8].map((id) => trade(id)))
      assert.deepInclude(driven.said().at(-1), { gap: "3", revision: 3, repair: "complete", missing: 6 })
      assert.isTrue(driven.balanced())
    }),
  )

  run(
    "has missed nothing where the next trade follows; one that comes late from before does not end it",
    Effect.gen(function* () {
      const driven = yield* drive(trades)
      yield* driven.records([trade(2), trade(3)])
      yield* driven.refuse(millis(10))
      yield* driven.lasts(millis(5_000))
      yield* driven.records([{ ...trade(1), receivedAt: millis(5_500) }])
      assert.strictEqual(newestGaps(driven.out).at(-1)!.revision, 1)
      yield* driven.records([trade(4), trade(5)])
      assert.deepInclude(driven.said().at(-1), {
        revision: 2,
        missing: 0,
        repair: "complete",
        to: { timestamp: millis(4) },
      })
      yield* driven.records([trade(7)])
      assert.deepInclude(driven.said().at(-1), { gap: "6", revision: 1, cause: "sequence", missing: 1 })
    }),
  )

  for (const stream of [trades, quotes])
    run(
      `has a gap by time where nothing of it could be read ever: ${stream.dataType.word}`,
      Effect.gen(function* () {
        const driven = yield* drive(stream)
        yield* driven.refuse(millis(10))
        assert.deepStrictEqual(driven.said(), [])
        yield* driven.lasts(millis(5_000))
        const gap = String(millis(10))
        const open = { gap, revision: 1, cause: "rejected", to: {}, repair: "none" } as const
        assert.deepStrictEqual(driven.said(), [{ ...open, from: { timestamp: millis(10) } }])
        yield* driven.records([stream === quotes ? quote(7_000) : trade(7_000)])
        assert.deepInclude(driven.said().at(-1), { gap, revision: 2, to: { timestamp: millis(7_000) } })
        assert.strictEqual(driven.said().length, 2)
      }),
    )

  run(
    "is a book that says so, and is whole again by the change that follows, or by a snapshot",
    Effect.gen(function* () {
      const driven = yield* drive(books, { depth })
      yield* driven.records([snapshot(10), change(11)])
      yield* driven.refuse(millis(20))
      yield* driven.lasts(millis(5_000))
      const from = { sequence: "12", timestamp: millis(11) }
      const open = { gap: "12", revision: 1, cause: "rejected", from, to: {}, repair: "pending" } as const
      assert.deepStrictEqual(driven.said(), [open])
      yield* driven.records([change(11), change(12)])
      assert.deepInclude(driven.said().at(-1), { gap: "12", revision: 2, repair: "complete", missing: 0 })

      yield* driven.refuse(millis(30))
      yield* driven.lasts(millis(6_000))
      yield* driven.records([change(15)])
      const broken = { gap: "13", cause: "rejected", repair: "pending" } as const
      assert.deepInclude(driven.said().at(-1), {
        ...broken,
        revision: 2,
        to: { sequence: "14", timestamp: millis(15) },
      })
      yield* driven.records([snapshot(15), change(16)])
      assert.deepInclude(driven.said().at(-1), { gap: "13", revision: 3, repair: "complete" })

      yield* driven.refuse(millis(40))
      yield* driven.lasts(millis(7_000))
      yield* driven.records([snapshot(16)])
      assert.deepInclude(driven.said().at(-1), { gap: "17", revision: 2, repair: "complete", missing: 0 })
    }),
  )

  run(
    "is a book that never began: its first snapshot ends it",
    Effect.gen(function* () {
      const driven = yield* drive(books, { depth })
      yield* driven.refuse(millis(20))
      yield* driven.lasts(millis(5_000))
      assert.deepInclude(driven.said().at(-1), { revision: 1, from: { timestamp: millis(20) }, to: {} })
      yield* driven.records([snapshot(6_000), change(6_001)])
      const to = { timestamp: millis(6_000) }
      assert.deepInclude(driven.said().at(-1), { revision: 2, repair: "complete", to })
      assert.strictEqual(driven.said().length, 2)
    }),
  )

  run(
    "says so at the end of a recording",
    Effect.gen(function* () {
      const driven = yield* drive(trades)
      yield* driven.records([trade(1), trade(2)])
      yield* driven.finish
      assert.deepStrictEqual(driven.said(), [])
      yield* driven.refuse(millis(10))
      yield* driven.finish
      const from = { sequence: "3", timestamp: millis(2) }
      assert.deepStrictEqual(driven.said(), [
        { gap: "3", revision: 1, cause: "rejected", from, to: {}, repair: "none" },
      ])
      assert.isTrue(driven.balanced())
    }),
  )

  run(
    "is known by the next process as it was left, and its gap goes on",
    Effect.gen(function* () {
      const trail = makeTrail(makeContinuity(trades), maxHoles)
      yield* Effect.gen(function* () {
        const before = yield* drive(trades, { canRepair: true })
        yield* before.records([trade(1), trade(2)])
        yield* before.refuse(millis(10))
        yield* before.lasts(millis(5_000))
        for (const envelope of before.envelopes) note(trail, envelope, [])
      }).pipe(Effect.scoped, Effect.provide(services, { local: true }))
      const restored = () => continuityOf(trades, markOf(trail.continuity, undefined))
      const after = yield* drive(trades, {
        canRepair: true,
        enter: (stream) => makeEntry(stream, "config", restored()),
      })
      yield* after.interrupt("restart", millis(6_000))
      yield* after.records([trade(5)])
      assert.deepInclude(after.said().at(-1), {
        gap: "3",
        revision: 2,
        cause: "rejected",
        missing: 2,
        to: { sequence: "4", timestamp: millis(5) },
      })
      for (const envelope of after.envelopes) note(trail, envelope, [])
      assert.isUndefined(restored().timeGap)
      assert.deepStrictEqual(
        restored().gaps.map(({ first, left }) => [first, left]),
        [[3, 2]],
      )
    }),
  )
})

describe("a book that waits for its snapshot on the stream", () => {
  run(
    "asks for another where what came cannot be read: it may have been that",
    Effect.gen(function* () {
      const driven = yield* drive(books, { depth })
      yield* driven.refuse(millis(1))
      assert.deepStrictEqual(
        driven.events.map(({ kind }) => kind),
        ["rejected"],
      )
      yield* driven.records([snapshot(10), change(12)])
      yield* driven.refuse(millis(20))
      assert.deepStrictEqual(
        driven.events.map(({ kind }) => kind),
        ["rejected", "broken", "wanted", "rejected"],
      )
    }),
  )
})

describe("a book that no number guards", () => {
  run(
    "is none from the frame on that may have been a change of it, and is asked for at once",
    Effect.gen(function* () {
      const rule: DepthRule = { ...depth, numbered: false, follow: () => "next", join: () => "next" }
      const driven = yield* drive(books, { depth: rule })
      yield* driven.records([snapshot(10), change(11)])
      yield* driven.handle({
        kind: "interrupted",
        interruption: { interrupted: [books], cause: "rejected", possible: true, at: millis(20) },
        bytes: 0,
      })
      assert.deepStrictEqual(
        driven.events.slice(-2).map(({ kind }) => kind),
        ["doubted", "wanted"],
      )
      assert.deepInclude(driven.said().at(-1), { gap: "12", revision: 1, to: {}, repair: "pending" })
      assert.strictEqual(driven.table.get(books)!.rejected, 0, "it is not said to be its own")
      const published = driven.out.length
      yield* driven.records([change(30)])
      assert.strictEqual(driven.out.length, published, "nothing of it is published until it is whole")
      yield* driven.records([snapshot(31), change(32)])
      assert.deepInclude(driven.said().at(-1), { gap: "12", revision: 2, repair: "complete" })
      assert.isTrue(driven.balanced())
    }),
  )
})
