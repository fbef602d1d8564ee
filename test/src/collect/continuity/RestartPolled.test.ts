import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Layer } from "effect"
import * as Segments from "../../../../layers/journal/Segments.ts"
import { Journal } from "../../../../services/Journal.ts"
import { makeRestart } from "../../../../src/collect/continuity/Restart.ts"
import { parseRecord } from "../../../../src/domain/Record.ts"
import { makeSimulator, type Simulator } from "../../../../src/simulator/index.ts"
import { collectInto, surroundings } from "../../../support/collecting.ts"
import { quiet } from "../../../support/filesSink.ts"
import { isGap } from "../../../support/streamStates.ts"
import { until } from "../../../support/webSocketServer.ts"

/** One process on the journal in this folder, until everything was asked for; its records. */
const life = (folder: string, simulator: Simulator["Service"]) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const restart = yield* makeRestart({ keepMillis: 86_400_000 })
    const { accepted: begun } = yield* journal.status
    const asked = { symbols: ["BTC-USD-PERP"], dataTypes: ["funding_settled", "ticker"] }
    const { collect, envelopes, tree } = yield* collectInto(simulator, { deribit: asked }, restart)
    // What is polled is acknowledged by its first answer.
    yield* until("asked for", () =>
      [...collect.runtimes.values()].every(({ table }) =>
        [...table.values()].every(({ acknowledgedAt }) => acknowledgedAt !== undefined),
      ),
    )
    yield* Fiber.interrupt(tree)
    yield* journal.sync
    const { accepted } = yield* journal.status
    yield* until("all of it is read", () => begun + envelopes.length === accepted)
    return envelopes.map((envelope) => parseRecord(envelope))
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Layer.merge(
        Segments.layer({ path: folder, segmentSize: 64 * 1024, retention: 0, sinks: ["test"] }).pipe(
          Layer.provide(NodeServices.layer),
        ),
        Layer.fresh(surroundings),
      ),
    ),
    quiet,
  )

describe("what is polled", () => {
  it.live(
    "comes once over restarts, without a gap",
    () =>
      Effect.gen(function* () {
        const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped({
          prefix: "millrace-polled-",
        })
        const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: ["deribit"], rate: 50 })
        const first = yield* life(folder, simulator)
        const paid = first.filter(({ type }) => type === "funding")
        assert.isAtLeast(paid.length, 8)
        const second = yield* life(folder, simulator)
        assert.deepStrictEqual(
          second.filter(({ type }) => type === "funding"),
          [],
          "all of it was there",
        )
        const gaps = second.filter((record) => isGap(record) && record.data.channel === "funding_settled")
        assert.deepStrictEqual(gaps, [])
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    180_000,
  )
})
