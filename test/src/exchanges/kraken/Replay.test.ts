import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { payloadOf } from "../../../../src/domain/Envelope.ts"
import { parseRecord } from "../../../../src/domain/Record.ts"
import { recordingsAbsent, sessionPath } from "../../../support/recordings.ts"
import { replayed } from "../../../support/replaying.ts"

describe.skipIf(recordingsAbsent)("a replay of kraken's session", () => {
  it.live(
    "brings every record, takes none for a duplicate, and breaks no book",
    () =>
      Effect.gen(function* () {
        const { envelopes, report } = yield* replayed(sessionPath("kraken/2021-04-17"))
        const records = envelopes.map((each) => parseRecord(payloadOf(each).toString()))
        const counts: Record<string, number> = {}
        for (const { type } of records) counts[type] = (counts[type] ?? 0) + 1
        assert.deepStrictEqual(counts, { depth: 4279, ticker: 18, trade: 10 })
        assert.strictEqual(new Set(records.map(({ id }) => id)).size, records.length)
        assert.isTrue(report.balanced)
      }),
    180_000,
  )
})
