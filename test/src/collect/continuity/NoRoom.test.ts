import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import type { Journal } from "../../../../services/Journal.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { type Decoded, noSequence } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import type { DepthRule } from "../../../../src/exchanges/Venue.ts"
import { range } from "../../../support/journals.ts"
import { testStream, testTime, testTrade } from "../../../support/envelopes.ts"
import { makeNarrow } from "../../../support/narrowJournal.ts"
import { withSeeds } from "../../../support/seed.ts"
import { drivenStates, isGap, newestGaps } from "../../../support/streamStates.ts"

const quotes = testStream({ dataType: "bbo" })
const trades = testStream({ dataType: "trade" })
const books = testStream({ dataType: "depth" })

const trade = (id: number): Decoded => ({ ...testTrade(trades, id), first: id, last: id })
const quote = (at: number, stream: Stream = quotes): Decoded => ({
  ...testTrade(stream, at),
  data: `{"bid":"1","bidQuantity":"1","ask":"2","askQuantity":"1"}`,
})
const levels = `"bids":[["1","1"]],"asks":[["2","1"]]`
const delta = (id: number): Decoded => ({
  ...testTrade(books, id),
  data: `{"kind":"delta",${levels},"sequence":{"first":"${id}","last":"${id}"}}`,
  first: id,
  last: id,
})
const snapshot = (id: number): Decoded => ({
  ...delta(id),
  key: `snapshot:full:${id}`,
  data: `{"kind":"snapshot",${levels},"sequence":{"last":"${id}"}}`,
  first: noSequence,
})

const depth: DepthRule = {
  numbered: true,
  snapshots: {
    kind: "rest",
    request: () => ({ path: "/depth", weight: 1, levels: 1000 }),
    decode: () => ({ reason: "bad_field", detail: "not asked" }),
  },
  join: (last, next) => (next.last <= last ? "contained" : next.first <= last + 1 ? "next" : "gap"),
  follow: (last, next) => (next.last <= last ? "contained" : next.first === last + 1 ? "next" : "gap"),
}

const run = <A, E>(
  test: (narrow: ReturnType<typeof makeNarrow>) => Effect.Effect<A, E, Journal | Metrics | Scope.Scope>,
) => {
  const narrow = makeNarrow()
  return Effect.scoped(test(narrow)).pipe(Effect.provide(Layer.merge(narrow.layer, Metrics.layer)))
}

describe("records that the journal had no room for", () => {
  it.effect("one episode is one gap, told once there is room, and each record is counted once", () =>
    run(({ fill, free }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes])
        yield* driven.records([quote(1), quote(2)])
        fill()
        yield* driven.records([quote(3), quote(4)])
        yield* driven.records([quote(5)])
        assert.deepStrictEqual(driven.out.filter(isGap), [])
        assert.deepStrictEqual(driven.account().dropped, { journal_full: 3 })
        free()
        yield* driven.records([quote(6), quote(7)])
        const [gap, ...others] = driven.out.filter(isGap)
        assert.deepStrictEqual(others, [])
        assert.deepStrictEqual(gap!.data, {
          channel: "bbo",
          cause: "overflow",
          from: { timestamp: testTime + 2 },
          to: { timestamp: testTime + 6 },
          repair: "none",
        })
        yield* driven.records([quote(8)])
        assert.strictEqual(driven.out.filter(isGap).length, 1)
        assert.strictEqual(driven.account().accepted, 6)
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("best prices that are numbered are no chain: what was lost of them is a gap by time", () =>
    run(({ fill, free }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes])
        const numbered = (id: number) => ({ ...quote(id), first: id, last: id })
        yield* driven.records([numbered(1)])
        fill()
        yield* driven.records([numbered(2)])
        free()
        yield* driven.records([numbered(3)])
        const [gap] = newestGaps(driven.out)
        assert.deepStrictEqual(
          [gap!.data.from, gap!.data.to],
          [{ timestamp: testTime + 1 }, { timestamp: testTime + 3 }],
        )
      }),
    ),
  )

  it.effect("a book that lost deltas gets a new snapshot, and its gap is complete with it", () =>
    run(({ fill, free }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([books], { depth })
        yield* driven.records([delta(1)])
        yield* driven.handle({ kind: "snapshot", stream: books, result: snapshot(1), bytes: 0 })
        yield* driven.records([delta(2)])
        fill()
        yield* driven.records([delta(3)])
        free()
        yield* driven.records([delta(4)])
        const told = driven.out.find(isGap)
        assert.deepStrictEqual(told!.data, {
          channel: "depth",
          cause: "overflow",
          from: { sequence: "3", timestamp: testTime + 2 },
          to: { sequence: "3", timestamp: testTime + 4 },
          repair: "pending",
        })
        const asked = driven.events.length
        yield* driven.records([delta(5)])
        assert.deepStrictEqual(
          driven.events.slice(asked).map(({ kind }) => kind),
          ["wanted"],
        )
        yield* driven.handle({ kind: "snapshot", stream: books, result: snapshot(5), bytes: 0 })
        const [gap] = newestGaps(driven.out)
        assert.deepStrictEqual([gap!.data.repair, gap!.data.repairedBy], ["complete", "resync"])
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("a stream that stays quiet is told of as well, and its gap closes with the next record", () =>
    run(({ fill, free }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes, trades])
        yield* driven.records([quote(1), trade(1)])
        fill()
        yield* driven.records([quote(2)])
        free()
        yield* driven.records([trade(2)])
        assert.deepStrictEqual(newestGaps(driven.out)[0]!.data.to, {})
        yield* driven.records([quote(9)])
        const gaps = newestGaps(driven.out)
        assert.strictEqual(gaps.length, 1)
        assert.deepStrictEqual(gaps[0]!.data.to, { timestamp: testTime + 9 })
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("what is not over when the streams stop is told then", () =>
    run(({ fill }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes, trades])
        yield* driven.records([quote(1), trade(1)])
        fill()
        yield* driven.records([quote(2), trade(2), trade(3)])
        yield* driven.close
        const gaps = newestGaps(driven.out)
        assert.deepStrictEqual(
          gaps.map(({ data }) => [data.channel, data.cause, data.from, data.to]),
          [
            ["bbo", "overflow", { timestamp: testTime + 1 }, {}],
            ["trade", "overflow", { sequence: "2", timestamp: testTime + 1 }, { sequence: "3" }],
          ],
        )
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("whenever there is room and none: each id comes out once or is named by a gap", () =>
    withSeeds(60, (dice) =>
      run(({ fill, free }) =>
        Effect.gen(function* () {
          const driven = yield* drivenStates([trades, quotes])
          let next = 1
          for (let round = 0; round < 40; round++) {
            if (dice.chance(0.5)) fill()
            else free()
            const ids = range(next, 1 + dice.int(6)).filter(() => dice.chance(0.9))
            next += 6
            yield* driven.records(
              ids.flatMap((id) => (dice.chance(0.5) ? [trade(id), quote(id)] : [trade(id)])),
            )
          }
          yield* driven.close
          const came = driven.out.flatMap(({ data }) => ("tradeId" in data ? [Number(data.tradeId)] : []))
          assert.strictEqual(new Set(came).size, came.length)
          const named = new Set<number>()
          for (const { data } of newestGaps(driven.out).filter(({ data }) => data.channel === "trade"))
            for (const id of range(
              Number(data.from.sequence),
              Number(data.to.sequence) - Number(data.from.sequence) + 1,
            ))
              named.add(id)
          // The very first may have found no room: then the stream begins with the gap.
          for (let id = Math.min(...came, ...named); id <= Math.max(...came, ...named); id++)
            assert.isTrue(came.includes(id) || named.has(id), `${id} is neither there nor named`)
          assert.isTrue(driven.balanced())
        }),
      ),
    ),
  )

  it.effect("of a stream that nobody collects any more nothing is waited for", () =>
    run(({ fill, free }) =>
      Effect.gen(function* () {
        const driven = yield* drivenStates([trades, quotes], { canRepair: true })
        yield* driven.records([trade(1), quote(1)])
        fill()
        yield* driven.records([trade(2), trade(3)])
        const departed = [driven.table.get(trades)!.continuity]
        driven.table.delete(trades)
        yield* driven.handle({ kind: "departed", departure: { departed, at: testTime + 10 }, bytes: 0 })
        free()
        yield* driven.records([quote(2)])
        const gaps = newestGaps(driven.out).map(({ data }) => [data.from.sequence, data.missing, data.repair])
        assert.deepStrictEqual(gaps, [["2", 2, "none"]])
      }),
    ),
  )
})
