import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import type { LostBefore } from "../../../../src/collect/overload/Lost.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { testStream, testTime, testTrade } from "../../../support/envelopes.ts"
import { drivenStates, isGap, newestGaps } from "../../../support/streamStates.ts"

const services = Layer.mergeAll(MemoryJournal.layer({ capacityBytes: 1 << 20 }), Metrics.layer)

const quotes = testStream({ dataType: "bbo" })
const trades = testStream({ dataType: "trade" })

const quote = (at: number): Decoded => ({
  ...testTrade(quotes, at),
  data: `{"bid":"1","bidQuantity":"1","ask":"2","askQuantity":"1"}`,
  receivedAt: testTime + at,
})

const trade = (id: number, at: number): Decoded => ({
  ...testTrade(trades, id, testTime + at),
  receivedAt: testTime + at,
  first: id,
  last: id,
})

const lost = (stream: Stream, first: number, last: number, records: number): LostBefore =>
  new Map([[stream, { records, first: testTime + first, last: testTime + last }]])

const run = <A, E>(test: Effect.Effect<A, E, Layer.Success<typeof services> | Scope.Scope>) =>
  Effect.scoped(test).pipe(Effect.provide(services))

const after = (lostBefore: LostBefore, ...records: ReadonlyArray<Decoded>) =>
  ({ kind: "records", records, bytes: 0, lost: lostBefore }) as const

describe("records that gave way", () => {
  it.effect("one episode of losses is one gap, however often the stream came through in between", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes])
        yield* driven.records([quote(0)])
        yield* driven.handle(after(lost(quotes, 10, 90, 9), quote(100)))
        yield* driven.handle(after(lost(quotes, 110, 290, 19), quote(300)))
        yield* driven.records([quote(600)])
        yield* driven.records([quote(1_400), quote(1_500)])
        const [gap, ...others] = newestGaps(driven.out)
        assert.deepStrictEqual(others, [])
        assert.deepStrictEqual(gap!.data, {
          channel: "bbo",
          cause: "overflow",
          from: { timestamp: testTime },
          to: { timestamp: testTime + 1_400 },
          repair: "none",
        })
        assert.strictEqual(gap!.revision, 2)
        assert.strictEqual(driven.out.filter((record) => !isGap(record)).length, 6)
        yield* driven.handle(after(lost(quotes, 5_000, 5_000, 1), quote(9_000)))
        assert.strictEqual(newestGaps(driven.out).length, 2, "a later episode is another")
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("of a chain of ids the gap says exactly which", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([trades])
        yield* driven.records([trade(1, 1), trade(2, 2)])
        yield* driven.handle(after(lost(trades, 3, 5, 3), trade(6, 6), trade(7, 7)))
        const [gap, ...others] = newestGaps(driven.out)
        assert.deepStrictEqual(others, [])
        assert.deepInclude(gap!.data, {
          cause: "overflow",
          from: { sequence: "3", timestamp: testTime + 2 },
          to: { sequence: "5", timestamp: testTime + 6 },
          missing: 3,
        })
      }),
    ),
  )

  it.effect("even before the first that came through", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([trades])
        yield* driven.handle(after(lost(trades, 3, 5, 3), trade(6, 6)))
        const [gap, ...others] = newestGaps(driven.out)
        assert.deepStrictEqual(others, [])
        assert.deepInclude(gap!.data, {
          cause: "overflow",
          from: { timestamp: testTime + 3 },
          to: { timestamp: testTime + 5 },
          missing: 3,
        })
      }),
    ),
  )
})
