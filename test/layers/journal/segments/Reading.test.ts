import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { numberOf, testEnvelopes, testStream } from "../../../support/envelopes.ts"
import { quiet } from "../../../support/filesSink.ts"
import { makeDice } from "../../../support/seed.ts"
import { segmentsOn } from "../../../support/segmentsJournal.ts"
import { simulatedDisk } from "../../../support/simulatedDisk.ts"

it.live(
  "memory holds what some reader has yet to take; what all have taken is given once more from the disk",
  () =>
    Effect.gen(function* () {
      const disk = simulatedDisk(makeDice(1))
      let reads = 0
      disk.fault = (operation, path) => {
        if (operation === "read" && path.endsWith(".journal")) reads++
        return undefined
      }
      const { journal } = yield* segmentsOn(disk.process().fs, {})
      const [first, second] = yield* Effect.all([
        journal.reader("first", "latest"),
        journal.reader("second", "latest"),
      ])
      const take = (reader: typeof first) =>
        Effect.map(reader.take(100), ({ envelopes }) => envelopes.map(numberOf))
      yield* journal.append(testEnvelopes([testStream({})], 0, 3))
      yield* journal.sync

      assert.deepStrictEqual(yield* take(first), [0, 1, 2])
      yield* first.seek(0)
      assert.deepStrictEqual(yield* take(first), [0, 1, 2])
      assert.strictEqual(reads, 0)

      assert.deepStrictEqual(yield* take(second), [0, 1, 2])
      assert.strictEqual(reads, 0)
      yield* first.seek(0)
      assert.deepStrictEqual(yield* take(first), [0, 1, 2])
      assert.isAbove(reads, 0)
    }).pipe(Effect.scoped, quiet),
)
