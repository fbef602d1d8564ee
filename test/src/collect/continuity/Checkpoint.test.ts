import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Result } from "effect"
import { decodeCheckpoint, encodeCheckpoint } from "../../../../src/collect/continuity/Checkpoint.ts"
import { makeTrails } from "../../../../src/collect/continuity/Trails.ts"
import { testTime } from "../../../support/envelopes.ts"
import { best, streams, trade } from "../../../support/restartedExchange.ts"
import { after, nothingKept, restartFrom } from "../../../support/restarting.ts"

const trades = (...ids: ReadonlyArray<number>) => ids.map((id) => trade(id, testTime + id * 10))

describe("a checkpoint of where streams stand", () => {
  it.effect("a stream that is not collected any more is remembered for the retention", () =>
    Effect.gen(function* () {
      const kept = nothingKept()
      yield* after(kept, (driven) => driven.records([...trades(1), best(testTime, 1)]))
      const known = (marks: ReadonlyArray<{ readonly stream: { readonly dataType: string } }>) =>
        marks.map(({ stream }) => stream.dataType)
      for (const [later, left] of [
        [3_600_000, ["trade", "bbo"]],
        [3_600_001, ["bbo"]],
      ] as const) {
        const trails = makeTrails({
          marks: [],
          position: 0,
          keepMillis: 3_600_000,
          collected: () => new Set([streams.best.key]),
        })
        trails.follower.accepted(kept.envelopes, 2)
        yield* after(
          { envelopes: [], checkpoint: undefined },
          (driven) =>
            Effect.map(driven.records([best(testTime + 10 + later - 0.5, 2)]), () =>
              trails.follower.accepted(driven.envelopes, 3),
            ),
          { collected: [streams.best] },
        )
        const read = Result.getOrThrow(decodeCheckpoint(trails.follower.checkpoint()))
        assert.deepStrictEqual(known(read), [...left])
      }
    }),
  )

  for (const [what, bytes, said] of [
    [
      "of another version",
      encodeCheckpoint([]).map((byte) => (byte === 0x31 ? 0x32 : byte)),
      "it is of version 2",
    ],
    ["that is damaged", Buffer.from('{"format":"millrace.continuity","ver'), "it cannot be read"],
    [
      "whose streams cannot be read",
      Buffer.from('{"format":"millrace.continuity","version":1,"streams":[{"stream":1}]}'),
      "it cannot be read",
    ],
  ] as const)
    it.effect(
      `a checkpoint ${what} is left out with a warning, and what the journal holds is read instead`,
      () =>
        Effect.gen(function* () {
          const kept = nothingKept()
          yield* after(kept, (driven) => driven.records(trades(1, 2)))
          const lines: Array<string> = []
          const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
          const restart = yield* restartFrom({ ...kept, checkpoint: { position: 2, bytes } }).pipe(
            Effect.provide(Logger.layer([logger])),
          )
          assert.isTrue(
            lines.some((line) => line.includes(said) && line.includes("begins anew")),
            lines.join(),
          )
          assert.strictEqual(restart.claim(streams.trades, () => true)?.continuity.ledger.highest, 2)
        }),
    )
})
