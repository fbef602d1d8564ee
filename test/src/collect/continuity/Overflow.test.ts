import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import type { LostBefore } from "../../../../src/collect/overload/Lost.ts"
import { type Decoded, noSequence } from "../../../../src/domain/Decoded.ts"
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

const lost = (
  stream: Stream,
  first: number,
  last: number,
  records: number,
  through: number = stream === trades ? last : noSequence,
): LostBefore => new Map([[stream, { records, first: testTime + first, last: testTime + last, through }]])

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

  it.effect("ids that nothing follows are named once their episode is over and anything else comes", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([trades, quotes], { canRepair: true })
        yield* driven.records([trade(1, 1), trade(2, 2)])
        // The newest gave way: what is in the same message came before.
        yield* driven.handle(after(lost(trades, 4, 6, 3), trade(3, 3), quote(7)))
        yield* driven.records([quote(900)])
        assert.deepStrictEqual(newestGaps(driven.out), [])
        yield* driven.records([quote(1_006)])
        const [gap, ...others] = newestGaps(driven.out)
        assert.deepStrictEqual(others, [])
        assert.deepInclude(gap!.data, {
          cause: "overflow",
          from: { sequence: "4", timestamp: testTime + 3 },
          to: { sequence: "6", timestamp: testTime + 6 },
          missing: 3,
          repair: "pending",
        })
        yield* driven.records([trade(7, 5_000), trade(8, 5_001)])
        assert.strictEqual(newestGaps(driven.out).length, 1, "what follows then is not missing")
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  for (const [end, repair] of [
    ["stop", "pending"],
    ["departure", "none"],
  ] as const)
    it.effect(`they are named at a ${end} too`, () =>
      run(
        Effect.gen(function* () {
          const driven = yield* drivenStates([trades], { canRepair: true })
          yield* driven.records([trade(1, 1)])
          yield* driven.handle(after(lost(trades, 2, 4, 3)))
          if (end === "departure") {
            const departed = [driven.table.get(trades)!.continuity]
            driven.table.delete(trades)
            const departure = { departed, at: testTime + 10 }
            yield* driven.handle({ kind: "departed", departure, bytes: 0 })
          }
          yield* driven.close
          const gaps = newestGaps(driven.out).map(({ data }) => [
            data.from.sequence,
            data.to.sequence,
            data.repair,
          ])
          assert.deepStrictEqual(gaps, [["2", "4", repair]])
        }),
      ),
    )

  it.effect("a count that began anew meanwhile names nothing above it", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([trades])
        yield* driven.records([trade(50_000, 1)])
        yield* driven.handle(after(lost(trades, 2, 4, 3, 50_003)))
        yield* driven.records([trade(1, 100), trade(2, 101)])
        yield* driven.close
        const sequences = newestGaps(driven.out).map(({ data }) => data.to.sequence)
        assert.deepStrictEqual(sequences, [undefined])
      }),
    ),
  )
})
