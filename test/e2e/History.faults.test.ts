import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { killedHistory } from "../support/historyKills.ts"
import { withSeeds } from "../support/seed.ts"

describe("a task of history in a process that is killed at random points", { timeout: 240_000 }, () => {
  it.live("has each row once in the files, in order and without a gap, within the venue's limits", () =>
    withSeeds(1, (dice) =>
      Effect.scoped(
        Effect.gen(function* () {
          const outcome = yield* killedHistory(dice, { days: 1, symbols: 3, kills: 3, batchSize: 50 })
          const { checkpoint, disordered, missing, refused, rows, twice, wanted, window, wrong } = outcome
          assert.deepStrictEqual(
            { disordered, missing, refused, rows, twice, wrong },
            { disordered: 0, missing: 0, refused: 0, rows: wanted, twice: 0, wrong: 0 },
          )
          assert.strictEqual(outcome.report.outcome, "completed")
          const places = Object.values(checkpoint?.symbols ?? {})
          assert.strictEqual(places.length, 3)
          for (const { done, next } of places)
            assert.deepStrictEqual([next, done], [String(window.end), true])
        }),
      ),
    ),
  )
})
