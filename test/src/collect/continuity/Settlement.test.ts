import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { noSequence } from "../../../../src/domain/Decoded.ts"
import { testTime } from "../../../support/envelopes.ts"
import { best, depth, streams, trade } from "../../../support/restartedExchange.ts"
import { process, start } from "../../../support/restarting.ts"
import { isGap, newestGaps } from "../../../support/streamStates.ts"

describe("a stream that is unsubscribed", () => {
  it.effect(
    "has the last word said on each of its gaps: pending ones are none or partial, open ones end",
    () =>
      Effect.gen(function* () {
        const driven = yield* start({ envelopes: [], checkpoint: undefined })
        yield* driven.records([
          trade(1, testTime),
          trade(4, testTime),
          trade(1, testTime, streams.aggregates),
          trade(4, testTime, streams.aggregates),
          best(testTime, 1),
          depth(testTime, 9, 11),
        ])
        const snapshot = depth(testTime, noSequence, 10)
        yield* driven.handle({ kind: "snapshot", stream: streams.book, result: snapshot, bytes: 0 })
        yield* driven.records([depth(testTime, 15, 16)])
        const [backfillOf] = driven.table.get(streams.trades)!.continuity.gaps
        const backfill = {
          backfillOf: backfillOf!,
          records: [trade(2, testTime)],
          holes: [],
          done: false,
          at: testTime,
        }
        yield* driven.handle({ kind: "backfill", backfill, bytes: 0 })
        yield* driven.interrupt("disconnect", testTime + 10)
        const departed = [...driven.table.values()].map(({ continuity }) => continuity)
        const at = testTime + 20.5
        for (let times = 0; times < 2; times++)
          yield* driven.handle({ kind: "departed", departure: { departed, at }, bytes: 0 })
        assert.deepStrictEqual(
          newestGaps(driven.out).map(({ data, revision }) => [
            data.channel,
            data.repair,
            revision,
            data.channel === "bbo" ? data.to.timestamp : "",
          ]),
          [
            ["trade", "partial", 2, ""],
            ["aggTrade", "none", 2, ""],
            ["depth", "none", 2, ""],
            ["bbo", "none", 2, testTime + 20],
          ],
        )
        assert.isTrue(driven.balanced())
        assert.strictEqual(driven.out.filter(isGap).length, 8)
      }).pipe(Effect.scoped, Effect.provide(process)),
  )
})
