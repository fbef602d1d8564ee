import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Metrics } from "../../../../services/Metrics.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { bookRules } from "../../../support/books/rules.ts"
import { tryRule } from "../../../support/books/trial.ts"
import { freshSeed } from "../../../support/seed.ts"

/** `npm run faults -- books` tries 10,000. */
const schedules = process.env["MILLRACE_SEED"] === undefined ? 100 : 1

describe("the rules of all venues' books", () => {
  it("are tried here, each", () => {
    const ruled = [...venues].flatMap(([name, make]) => (make().depth === undefined ? [] : [name]))
    assert.deepStrictEqual(bookRules.map(({ venue }) => venue).toSorted(), ruled.toSorted())
  })

  for (const rule of bookRules)
    it.live(
      `${rule.venue}: every published book is exact or declared broken, whatever the wire and the venue do`,
      () =>
        Effect.gen(function* () {
          const trial = yield* tryRule(rule, { first: freshSeed(), count: schedules, worlds: 1 })
          assert.deepStrictEqual(trial.failed, [])
        }).pipe(Effect.provide(Metrics.layer)),
    )
})
