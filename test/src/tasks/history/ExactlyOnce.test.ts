import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { Journal } from "../../../../services/Journal.ts"
import type { TaskRun } from "../../../../services/TaskRunner.ts"
import { taskCursor } from "../../../../src/tasks/history/Tail.ts"
import { surroundings } from "../../../support/collecting.ts"
import { historyBench, taskSpec } from "../../../support/historyBench.ts"
import { realSegments } from "../../../support/segmentsJournal.ts"

const minute = 60_000
const day = 1440 * minute

/** Nothing is kept for longer than somebody needs it. */
const durable = Layer.merge(
  realSegments({ segmentSize: 16_384, retention: "10 millis", sinks: ["test"] }),
  surroundings,
)

describe("a run of history that ends between what was accepted and its checkpoint", () => {
  it.live(
    "leaves out what the journal has, also when every sink has it, and lets go of the journal in the end",
    () =>
      Effect.gen(function* () {
        const bench = yield* historyBench({ venues: ["binance"] })
        const journal = yield* Journal
        const end = Math.floor(Date.now() / day) * day
        const spec = taskSpec({
          source: "binance",
          dataType: "kline",
          symbols: ["BTC-USDT", "ETH-USDT"],
          window: { start: end - day, end },
          batchSize: 100,
        })
        const startedAt = Date.now()
        const ids: Array<string> = []
        const drain = Effect.map(bench.records, (records) => {
          for (const { id } of records) ids.push(id)
        })
        // Each life breaks off at another checkpoint, the first one at its first.
        for (const life of [0, 0, 3, 2, 5]) {
          const run = bench.runOf(spec, startedAt)
          let saved = 0
          const broken: TaskRun = {
            ...run,
            saveCheckpoint: (checkpoint) =>
              saved++ === life ? Effect.die("the process was killed") : run.saveCheckpoint(checkpoint),
          }
          const runner = yield* bench.anotherRunner
          const exit = yield* Effect.exit(runner.run(broken))
          assert.isTrue(Exit.isFailure(exit))
          yield* drain
          // The sink has it, and so the journal need not keep it for anyone but the task.
          yield* Effect.sleep("50 millis")
          const { cursors } = yield* journal.status
          assert.isTrue(cursors.some(({ name }) => name === taskCursor(spec.id)))
        }
        const report = yield* (yield* bench.anotherRunner).run(bench.runOf(spec, startedAt))
        yield* drain
        assert.strictEqual(report.outcome, "completed")
        assert.strictEqual(new Set(ids).size, 2880)
        assert.strictEqual(ids.length, 2880, "a row twice")
        const { cursors } = yield* journal.status
        assert.deepStrictEqual(
          cursors.map(({ name }) => name),
          ["test"],
        )
      }).pipe(Effect.scoped, Effect.provide(durable)),
  )

  it.live("a task that is removed leaves no cursor behind", () =>
    Effect.gen(function* () {
      const bench = yield* historyBench({ venues: ["binance"] })
      const journal = yield* Journal
      const end = Math.floor(Date.now() / day) * day
      const spec = taskSpec({ source: "binance", dataType: "kline", window: { start: end - day, end } })
      const run = { ...bench.runOf(spec, Date.now()), saveCheckpoint: () => Effect.die("killed") }
      yield* Effect.exit(bench.runner.run(run))
      assert.strictEqual((yield* journal.status).cursors.length, 2)
      yield* bench.runner.forget(spec.id)
      assert.strictEqual((yield* journal.status).cursors.length, 1)
    }).pipe(Effect.scoped, Effect.provide(durable)),
  )
})
