import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Follower } from "../../../services/JournalCheckpoints.ts"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { quiet } from "../../support/filesSink.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { segmentsOn } from "../../support/segmentsJournal.ts"
import { simulatedDisk } from "../../support/simulatedDisk.ts"

const streams = [testStream({}), testStream({ base: "ETH" })]

const sumTo = (count: number): number => (count < 2 ? 0 : (count * (count - 1)) / 2)

/** State that is a function of everything accepted: how many, and the sum of their numbers. */
const counting = (from: Uint8Array | undefined) => {
  let [count = 0, sum = 0] =
    from === undefined ? [] : (JSON.parse(Buffer.from(from).toString()) as ReadonlyArray<number>)
  const follower: Follower = {
    accepted: (envelopes, next) => {
      for (const envelope of envelopes) {
        assert.strictEqual(numberOf(envelope), count, "in order, once")
        count++
        sum += numberOf(envelope)
      }
      assert.strictEqual(next, count)
    },
    checkpoint: () => Buffer.from(JSON.stringify([count, sum])),
  }
  return { follower, state: () => [count, sum] as const }
}

const history = (dice: Dice) =>
  Effect.gen(function* () {
    const disk = simulatedDisk(dice)
    let next = 0
    for (let life = 0; life < 4; life++) {
      yield* Effect.gen(function* () {
        const { journal, checkpoints } = yield* segmentsOn(disk.process().fs, {
          segmentSize: 2_000,
          retention: 0,
          sinks: ["a"],
        })
        const reader = yield* journal.reader("a", "earliest")
        const { lastCheckpoint } = checkpoints
        if (life > 0) assert.isDefined(lastCheckpoint)
        const { follower, state } = counting(lastCheckpoint?.bytes)
        assert.strictEqual(state()[0], lastCheckpoint?.position ?? 0)
        const { missed } = yield* checkpoints.follow(lastCheckpoint?.position ?? 0, follower)
        assert.strictEqual(missed, 0)
        assert.deepStrictEqual(state(), [next, sumTo(next)])
        for (let batch = 0; batch < 5 + dice.int(30); batch++) {
          const count = dice.int(6)
          yield* journal.append(testEnvelopes(streams, next, count))
          next += count
          yield* journal.sync
          if (dice.chance(0.5)) yield* reader.commit(next)
        }
        // At least one segment more, so that the next life finds a checkpoint.
        yield* journal.append(testEnvelopes(streams, next, 20))
        next += 20
        yield* journal.sync
        assert.deepStrictEqual(state(), [next, sumTo(next)])
      }).pipe(Effect.scoped)
    }
  })

describe("checkpoints in segments", () => {
  it.live(
    "let a follower go on with everything accepted, once and in order, though delivered segments are gone",
    () => withSeeds(30, history).pipe(quiet),
  )

  it.live("are carried on while nobody follows", () =>
    Effect.gen(function* () {
      const seeds = (dice: Dice) =>
        Effect.gen(function* () {
          const disk = simulatedDisk(dice)
          const options = { segmentSize: 500, retention: 0 }
          yield* Effect.gen(function* () {
            const { journal, checkpoints } = yield* segmentsOn(disk.process().fs, options)
            const { follower } = counting(undefined)
            yield* checkpoints.follow(0, follower)
            for (let number = 0; number < 6; number++) {
              yield* journal.append(testEnvelopes(streams, number, 1))
              yield* journal.sync
            }
          }).pipe(Effect.scoped)
          for (let life = 0; life < 3; life++)
            yield* Effect.gen(function* () {
              const { journal, checkpoints } = yield* segmentsOn(disk.process().fs, options)
              assert.isAbove(checkpoints.lastCheckpoint!.position, 0)
              yield* journal.append(testEnvelopes(streams, 6 + life * 5, 5))
              yield* journal.sync
            }).pipe(Effect.scoped)
        })
      yield* withSeeds(5, seeds)
    }).pipe(quiet),
  )
})
