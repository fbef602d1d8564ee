import { assert, describe, it } from "@effect/vitest"
import { Effect, References } from "effect"
import { makeFindings } from "../../../../src/collect/continuity/Continuity.ts"
import { interrupt, resume } from "../../../../src/collect/continuity/Interruption.ts"
import { makeLosses } from "../../../../src/collect/liveness/Losses.ts"
import { acknowledge, makeEntry, stateOf, type StreamEntry } from "../../../../src/collect/StreamTable.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { testStream, testTime, testTrade } from "../../../support/envelopes.ts"

const stream = testStream({ dataType: "trade" })

const world = (heartbeat: number) => {
  const entry = makeEntry(stream, "config")
  acknowledge(entry, testTime)
  entry.records = 1
  const table = new Map<Stream, StreamEntry>([[stream, entry]])
  const said: Array<ReadonlyArray<Stream>> = []
  const look = makeLosses({
    venue: { name: "test" },
    table,
    heartbeat,
    declare: (streams) => Effect.sync(() => said.push(streams)),
  })
  const refuse = () => {
    entry.rejected++
    entry.continuity.refusedAt ??= testTime
    interrupt(entry.continuity, "rejected", testTime, makeFindings())
  }
  const bring = () => {
    entry.records++
    resume(entry.continuity, testTrade(stream, 1), makeFindings())
  }
  return { bring, entry, look, refuse, said, table }
}

const quietly = <A>(test: Effect.Effect<A>) => Effect.provideService(test, References.MinimumLogLevel, "None")

describe("what is known to be missing of a stream", () => {
  it.effect(
    "is said after five seconds without anything that can be read, once, and ends with what can",
    () =>
      Effect.gen(function* () {
        const { bring, entry, look, refuse, said } = world(30_000)
        yield* look(1_000)
        refuse()
        for (let second = 0; second <= 4; second++) yield* look(1_000)
        assert.deepStrictEqual([said.length, stateOf(entry)], [0, "live"])
        refuse()
        yield* look(1_000)
        yield* look(60_000)
        assert.deepStrictEqual([said, stateOf(entry)], [[[stream]], "unreadable"])
        bring()
        yield* look(1_000)
        assert.strictEqual(stateOf(entry), "live")
        refuse()
        yield* look(1_000)
        bring()
        yield* look(10_000)
        assert.deepStrictEqual([said.length, stateOf(entry)], [1, "live"], "another trade told of it at once")
      }).pipe(quietly),
  )

  it.effect(
    "is said within a heartbeat, at once where REST knows of it, and of nothing that was removed",
    () =>
      Effect.gen(function* () {
        const short = world(2_000)
        short.refuse()
        for (const elapsed of [500, 500, 500, 500, 500]) yield* short.look(elapsed)
        assert.strictEqual(short.said.length, 1)

        const dead = world(30_000)
        dead.entry.dead = true
        yield* dead.look(1_000)
        assert.strictEqual(dead.said.length, 0, "it goes on as far as is known")
        dead.entry.continuity.interruption = "stall"
        yield* dead.look(1_000)
        assert.deepStrictEqual([dead.said.length, stateOf(dead.entry)], [1, "silent"])

        const gone = world(2_000)
        gone.refuse()
        yield* gone.look(1_000)
        gone.table.clear()
        yield* gone.look(5_000)
        assert.strictEqual(gone.said.length, 0)
      }).pipe(quietly),
  )
})
