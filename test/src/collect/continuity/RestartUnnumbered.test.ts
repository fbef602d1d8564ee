import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { JournalCheckpoints } from "../../../../services/JournalCheckpoints.ts"
import { interrupt } from "../../../../src/collect/continuity/Interruption.ts"
import { makeFindings } from "../../../../src/collect/continuity/Continuity.ts"
import { makeRestart } from "../../../../src/collect/continuity/Restart.ts"
import { lastKeys } from "../../../../src/collect/continuity/Recent.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { encodeBatch } from "../../../../src/domain/Encoder.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { testStream, testTime, testTrade } from "../../../support/envelopes.ts"
import { quiet } from "../../../support/filesSink.ts"
import { makeDice } from "../../../support/seed.ts"
import { segmentsOn } from "../../../support/segmentsJournal.ts"
import { type SimulatedDisk, simulatedDisk } from "../../../support/simulatedDisk.ts"

const stream: Stream = { ...testStream({ dataType: "trade" }), unnumbered: true }
const trade = (number: number): Decoded => ({ ...testTrade(stream, number), key: `a-${number}-b` })

/** A process on what the last one left, in segments that hold some records each. */
const life = (disk: SimulatedDisk, records: ReadonlyArray<Decoded>) =>
  Effect.gen(function* () {
    const { checkpoints, journal } = yield* segmentsOn(disk.process().fs, { segmentSize: 1_500, sinks: [] })
    const restart = yield* makeRestart({ keepMillis: 3_600_000 }).pipe(
      Effect.provideService(JournalCheckpoints, checkpoints),
    )
    const restored = restart.claim(stream, () => false)
    restart.settled(() => new Set([stream.key]))
    for (const record of records) {
      yield* journal.append(encodeBatch([record], "stream"))
      yield* journal.sync
    }
    return restored?.continuity
  }).pipe(Effect.scoped, quiet)

describe("a stream whose trades are not numbered", () => {
  it.effect("is known for what it is after a restart: from its records, and from a checkpoint", () =>
    Effect.gen(function* () {
      const disk = simulatedDisk(makeDice(1))
      const records = Array.from({ length: 20 }, (_, index) => trade(index))
      assert.isUndefined(yield* life(disk, records))
      // The second one reads records, and its checkpoints are what the third one reads.
      for (let again = 0; again < 2; again++) {
        const continuity = (yield* life(disk, []))!
        assert.deepInclude(continuity.newest, { timestamp: testTime + 19 })
        const findings = makeFindings()
        interrupt(continuity, "restart", testTime + 100, findings)
        assert.deepStrictEqual(
          findings.opened.map(({ cause, from }) => [cause, from]),
          [["restart", { timestamp: testTime + 19 }]],
        )
        assert.include(lastKeys(continuity.recent, 1), "a-19-b", "what comes twice is known")
      }
    }),
  )
})
