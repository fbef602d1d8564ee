import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import * as Backoff from "../../../src/runtime/Backoff.ts"

const first = (count: number, schedule: Schedule.Schedule<unknown>) =>
  Effect.flatMap(Backoff.waits(schedule), (next) =>
    Effect.forEach(Array.from({ length: count }), () => next(0)),
  )

describe("a backoff", () => {
  it.effect("doubles from its first wait to its longest, each with its own chance, and never ends", () =>
    Effect.gen(function* () {
      const waits = yield* first(2_000, Backoff.reconnect({ first: "1 second", max: "30 seconds" }))
      for (const [i, wait] of waits.entries()) {
        const middle = Math.min(1_000 * 2 ** i, 30_000)
        assert.isTrue(wait >= middle * 0.8 && wait <= middle * 1.2, `${i}: ${wait}`)
      }
      assert.isAbove(new Set(waits).size, 1_900)
    }),
  )

  it.effect("keeps its last wait where a schedule ends", () =>
    Effect.gen(function* () {
      const ending = Schedule.exponential(100).pipe(Schedule.upTo({ times: 2 }))
      assert.deepStrictEqual(yield* first(5, ending), [100, 200, 200, 200, 200])
    }),
  )
})
