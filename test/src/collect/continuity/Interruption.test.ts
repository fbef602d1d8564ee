import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { type Decoded, noSequence } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { testStream, testTime } from "../../../support/envelopes.ts"
import { drivenStates, isGap, newestGaps } from "../../../support/streamStates.ts"

const services = Layer.mergeAll(MemoryJournal.layer({ capacityBytes: 1 << 20 }), Metrics.layer)

const quotes = testStream({ dataType: "bbo" })
const trades = testStream({ dataType: "trade" })

const quote = (sequence: number, timestamp: number, stream: Stream = quotes): Decoded => ({
  stream,
  type: "bbo",
  key: String(sequence),
  timestamp,
  receivedAt: testTime + sequence,
  data: `{"bid":"1","bidQuantity":"1","ask":"2","askQuantity":"1","sequence":"${sequence}"}`,
  first: noSequence,
  last: noSequence,
  previous: noSequence,
})

const run = <A, E>(test: Effect.Effect<A, E, Layer.Success<typeof services> | Scope.Scope>) =>
  Effect.scoped(test).pipe(Effect.provide(services))

describe("gaps by time", () => {
  it.effect("an interruption opens a gap after the last record, and the next record closes it", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes, trades])
        yield* driven.records([quote(1, testTime + 1), quote(7, testTime + 7)])
        yield* driven.interrupt("stall", testTime + 5_000.125)
        yield* driven.interrupt("disconnect", testTime + 6_000)
        yield* driven.records([quote(9_000, testTime + 9_000), quote(9_001, testTime + 9_001)])
        const [opened, closed, ...others] = driven.out.filter(isGap)
        assert.deepStrictEqual(others, [])
        assert.strictEqual(opened!.id, `test:BTC-USDT:gap:bbo:${testTime + 7}`)
        assert.strictEqual(closed!.id, opened!.id)
        assert.deepStrictEqual([opened!.revision, closed!.revision], [1, 2])
        assert.deepStrictEqual(
          [opened!.receivedAt, closed!.receivedAt],
          [testTime + 5_000.125, testTime + 9_000],
        )
        const from = { timestamp: testTime + 7 }
        const data = { channel: "bbo", cause: "stall", from, repair: "none" } as const
        assert.deepStrictEqual(opened!.data, { ...data, to: {} })
        assert.deepStrictEqual(closed!.data, { ...data, to: { timestamp: testTime + 9_000 } })
        assert.isTrue(driven.balanced())
      }),
    ),
  )

  it.effect("a stream that never delivered has no gap: nothing of it was begun", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes])
        yield* driven.interrupt("disconnect", testTime)
        assert.deepStrictEqual(driven.out, [])
      }),
    ),
  )

  it.effect("without a time of its own a second interruption is a later state of the same gap", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes])
        yield* driven.records([quote(1, testTime)])
        yield* driven.interrupt("disconnect", testTime + 10)
        yield* driven.records([quote(2, testTime)])
        yield* driven.interrupt("disconnect", testTime + 20)
        const [gap, ...others] = newestGaps(driven.out)
        assert.deepStrictEqual([gap!.revision, gap!.data.to, others], [3, {}, []])
      }),
    ),
  )

  it.effect("the same event twice, near or a while apart, comes out once; out of order ones come out", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes])
        const sequences = [10, 10, 12, 11, 12, 15, 10, 9, 11, 20]
        yield* driven.records(sequences.map((each) => quote(each, testTime + each)))
        const came = driven.out.map(({ id }) => Number(id.split(":").at(-1)))
        assert.deepStrictEqual(came, [10, 12, 11, 15, 9, 20])
        assert.strictEqual(driven.account().duplicate, 4)
      }),
    ),
  )

  it.effect("an exchange that counts anew is followed", () =>
    run(
      Effect.gen(function* () {
        const driven = yield* drivenStates([quotes])
        yield* driven.records([quote(1_000_000, testTime)])
        const anew = Array.from({ length: 1000 }, (_, n) => quote(n + 1, testTime + n + 1))
        yield* driven.records(anew)
        yield* driven.records([anew.at(-1)!])
        assert.strictEqual(driven.out.length, 1001)
      }),
    ),
  )
})
