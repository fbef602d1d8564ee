import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { Outgoing } from "../../../../src/collect/continuity/Outgoing.ts"
import { testStream, testTrade } from "../../../support/envelopes.ts"
import { withSeeds } from "../../../support/seed.ts"

const stream = testStream({ dataType: "trade" })
const some = (count: number): ReadonlyArray<Decoded> =>
  Array.from({ length: count }, (_, index) => testTrade(stream, index))

describe("records that go out", () => {
  it("are the very array that came where all of them go out as they came", () => {
    const came = some(5)
    const outgoing = new Outgoing(came)
    for (const record of came) outgoing.push(record)
    assert.strictEqual(outgoing.records, came)
    assert.strictEqual(outgoing.length, 5)
  })

  it.effect("are what was put in, with others between and without those that were left out", () =>
    withSeeds(200, (dice) =>
      Effect.sync(() => {
        const came = some(dice.int(10))
        const outgoing = new Outgoing(dice.chance(0.9) ? came : undefined)
        const put: Array<Decoded> = []
        const push = (record: Decoded) => {
          outgoing.push(record)
          put.push(record)
        }
        for (const record of came) {
          if (dice.chance(0.1)) push(testTrade(stream, 100 + dice.int(100)))
          if (!dice.chance(0.1)) push(record)
          assert.strictEqual(outgoing.length, put.length)
          if (dice.chance(0.1)) assert.deepStrictEqual(outgoing.records, put)
        }
        assert.deepStrictEqual(outgoing.records, put)
      }),
    ),
  )
})
