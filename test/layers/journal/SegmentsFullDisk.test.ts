import { assert, describe, it } from "@effect/vitest"
import { Effect, Scope } from "effect"
import { numberOf, testEnvelopes, testStream } from "../../support/envelopes.ts"
import { quiet } from "../../support/filesSink.ts"
import { segmentFiles } from "../../support/journalFiles.ts"
import { makeDice } from "../../support/seed.ts"
import { segmentsOn } from "../../support/segmentsJournal.ts"
import { simulatedDisk } from "../../support/simulatedDisk.ts"

describe("a journal on a disk that is full at its start", () => {
  it.live("keeps where it stands what a killed process had accepted, until that is accepted anew", () =>
    Effect.gen(function* () {
      const disk = simulatedDisk(makeDice(1))
      const options = { retention: 0, sinks: ["a"] }
      const first = disk.process()
      // Its scope is never closed: it is killed.
      const { journal } = yield* segmentsOn(first.fs, options).pipe(Scope.provide(yield* Scope.make()))
      yield* journal.reader("a", "earliest")
      yield* journal.append(testEnvelopes([testStream({})], 0, 5))
      yield* journal.sync
      first.kill()
      disk.fault = (operation, path) =>
        operation === "write" && path.endsWith(".journal") ? "ENOSPC" : undefined
      yield* Effect.scoped(segmentsOn(disk.process().fs, options))
      assert.strictEqual(segmentFiles(disk).length, 1)
      disk.fault = () => undefined
      const { journal: next } = yield* segmentsOn(disk.process().fs, options)
      const reader = yield* next.reader("a", "earliest")
      const { envelopes } = yield* reader.take(10)
      assert.deepStrictEqual(envelopes.map(numberOf), [0, 1, 2, 3, 4])
    }).pipe(Effect.scoped, quiet),
  )
})
