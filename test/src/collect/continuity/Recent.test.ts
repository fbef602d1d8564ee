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
  let number = dice.int(20_000)
  return Array.from({ length: count }, () => {
    number = Math.max(0, number + (dice.chance(0.01) ? -dice.int(2000) : dice.int(3)))
    return dice.chance(texts) ? `1m:${number}` : dice.chance(0.01) ? `0${number}` : String(number)
  })
}

/** The same with texts alone: which come out, of ids that are a longer text or one behind it than any before. */
const makeReference = () => {
  const known: Array<string> = []
  let newest = ""
  let behind = 0
  return (key: string): boolean => {
    const isAhead = key.length === newest.length ? key > newest : key.length > newest.length
    if (!isAhead && known.slice(-remembered).includes(key)) return false
    behind = isAhead ? 0 : behind + 1
    if (isAhead || behind >= remembered) newest = key
    known.push(key)
    return true
  }
}

describe("what a stream had lately", () => {
  it.effect(
    "comes out once among so many events; where nothing ascends any more, the exchange counts anew",
    () =>
      withSeeds(60, (dice) =>
        Effect.sync(() => {
          let recent = makeRecent()
          const reference = makeReference()
          const came: Array<string> = []
          for (const key of keysOf(dice, 1500)) {
            const fresh = isNew(recent, ofKey(key))
            assert.strictEqual(fresh, reference(key), key)
            if (fresh) came.push(key)
            assert.deepStrictEqual(lastKeys(recent, 5), came.slice(-5))
          }
          // As a checkpoint has it.
          recent = recentOf(newestKey(recent), lastKeys(recent, remembered))
          assert.deepStrictEqual(lastKeys(recent, remembered), came.slice(-remembered))
          for (const key of came.slice(-remembered))
            assert.strictEqual(isNew(recent, ofKey(key)), reference(key), key)
        }),
      ),
  )
})
