import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import {
  isNew,
  lastKeys,
  makeRecent,
  newestKey,
  recentOf,
  remembered,
} from "../../../../src/collect/continuity/Recent.ts"
import { testStream, testTrade } from "../../../support/envelopes.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"

const stream = testStream({ dataType: "bbo" })
const ofKey = (key: string): Decoded => ({ ...testTrade(stream, 1), key })

/** Numbers that mostly ascend, some again, some far away; texts among them. */
const keysOf = (dice: Dice, count: number): ReadonlyArray<string> => {
  const texts = dice.pick([0, 0, 0.1, 1])
  let number = dice.int(1000)
  return Array.from({ length: count }, () => {
    number += dice.chance(0.01) ? -dice.int(2000) : dice.int(3)
    return dice.chance(texts) ? `1m:${number}` : dice.chance(0.01) ? `0${number}` : String(number)
  })
}

describe("what a stream had lately", () => {
  it.effect("is known among the last events, and of others only what is behind all of them", () =>
    withSeeds(100, (dice) =>
      Effect.sync(() => {
        let recent = makeRecent()
        const known: Array<string> = []
        for (const key of keysOf(dice, 1500)) {
          const fresh = isNew(recent, ofKey(key))
          // An id that is not ahead of all is looked for among the last ones.
          if (!fresh) assert.include(known.slice(-remembered), key)
          else {
            if (known.slice(-remembered).includes(key)) assert.fail(`${key} came out twice`)
            known.push(key)
          }
          assert.deepStrictEqual(lastKeys(recent, 5), known.slice(-5))
          // As a checkpoint has it.
          if (dice.chance(0.005)) {
            const before = newestKey(recent)
            recent = recentOf(before, lastKeys(recent, remembered))
            assert.strictEqual(newestKey(recent), before)
          }
        }
      }),
    ),
  )
})
