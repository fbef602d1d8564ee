import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result, type Scope } from "effect"
import type { Journal } from "../../../../services/Journal.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { decodeCheckpoint } from "../../../../src/collect/continuity/Checkpoint.ts"
import type { Continuity } from "../../../../src/collect/continuity/Continuity.ts"
import { continuityOf } from "../../../../src/collect/continuity/Marking.ts"
import { makeTrails } from "../../../../src/collect/continuity/Trails.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { range } from "../../../support/journals.ts"
import { testStream, testTrade } from "../../../support/envelopes.ts"
import { makeNarrow } from "../../../support/narrowJournal.ts"
import { drivenStates } from "../../../support/streamStates.ts"

const trades = testStream({ dataType: "trade" })
const trade = (id: number): Decoded => ({ ...testTrade(trades, id), first: id, last: id })

const run = <A, E>(
  test: (narrow: ReturnType<typeof makeNarrow>) => Effect.Effect<A, E, Journal | Metrics | Scope.Scope>,
) => {
  const narrow = makeNarrow()
  return Effect.scoped(test(narrow)).pipe(Effect.provide(Layer.merge(narrow.layer, Metrics.layer)))
}

describe("what a full journal did not take", () => {
  it.effect(
    "ids that were lost are still known after a restart, also when it comes before all of it is told",
    () =>
      run(({ fill, free }) =>
        Effect.gen(function* () {
          const driven = yield* drivenStates([trades], { canRepair: true })
          yield* driven.records([trade(1), trade(2)])
          fill()
          yield* driven.records([trade(3), trade(4), trade(5), trade(9)])
          free()
          yield* driven.records([trade(10)])
          const { continuity } = driven.table.get(trades)!
          const options = { keepMillis: 0, collected: () => undefined }
          for (let cut = 0; cut < driven.envelopes.length; cut++) {
            const before = makeTrails({ marks: [], position: 0, ...options })
            before.follower.accepted(driven.envelopes.slice(0, cut), cut)
            const marks = Result.getOrThrow(decodeCheckpoint(before.follower.checkpoint()))
            const trails = makeTrails({ marks, position: cut, ...options })
            trails.follower.accepted(driven.envelopes.slice(cut), driven.envelopes.length)
            const restored = continuityOf(trades, trails.marks()[0]!)
            const gapsOf = ({ gaps }: Continuity) =>
              gaps.map(({ first, last, left, size }) => [first, last, left, size])
            assert.deepStrictEqual(gapsOf(restored), gapsOf(continuity))
            const ids = ({ ledger }: Continuity) =>
              ledger.missing.flatMap(({ first, last }) => range(first, last - first + 1))
            assert.deepStrictEqual(ids(restored), ids(continuity))
          }
          assert.deepStrictEqual(
            continuity.gaps.map(({ first, last, left }) => [first, last, left]),
            [
              [6, 8, 3],
              [3, 5, 3],
              [9, 9, 1],
            ],
          )
        }),
      ),
  )
})
