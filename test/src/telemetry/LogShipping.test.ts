import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Logger, Scope } from "effect"
import { TestClock } from "effect/testing"
import { type LogEntry, LogService, LogServiceError } from "../../../services/LogService.ts"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import * as LogShipping from "../../../src/telemetry/LogShipping.ts"

const options: LogShipping.LogShippingOptions = {
  name: "my-function",
  context: { nodeID: "node-1", version: "v1.0.0" },
  fieldMap: {},
  capacityBytes: 1 << 20,
  batchItems: 100,
  batchBytes: 1 << 20,
  linger: "2 seconds",
  retries: 3,
  firstWait: "1 second",
  longestWait: "3 seconds",
}

/** A log service that answers by a script, and what is logged where it is set up. */
const world = (more: Partial<LogShipping.LogShippingOptions> = {}) =>
  Effect.gen(function* () {
    const batches: Array<ReadonlyArray<LogEntry>> = []
    const state = { fails: undefined as LogServiceError["reason"] | undefined, hangs: false, tries: 0 }
    const said: Array<string> = []
    const service = LogService.of({
      name: "stub",
      send: (entries) =>
        Effect.suspend(() => {
          state.tries++
          if (state.hangs) return Effect.never
          if (state.fails !== undefined)
            return Effect.fail(new LogServiceError({ reason: state.fails, detail: "no" }))
          batches.push(entries)
          return Effect.void
        }),
    })
    const scope = yield* Scope.make()
    const context = yield* LogShipping.layer({ ...options, ...more }).pipe(
      Layer.provide(Layer.succeed(LogService, service)),
      Layer.provideMerge(Metrics.layer),
      Layer.provideMerge(Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])),
      Layer.buildWithScope(scope),
    )
    const { series } = yield* Effect.provideContext(Metrics, context)
    return {
      batches,
      state,
      said,
      log: (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
        Effect.provideContext(Effect.logInfo(message, fields), context),
      close: Scope.close(scope, Exit.void),
      sent: () => series.sum(catalog.logServiceSent),
      dropped: () =>
        Object.fromEntries(
          series.values(catalog.logServiceDropped).map(([{ reason }, count]) => [reason, count]),
        ),
    }
  })

const messages = (entries: ReadonlyArray<LogEntry>) => entries.map(({ fields }) => fields["Msg"])

describe("a log service", () => {
  it.effect("gets each line with who says it, beside where it goes already", () =>
    Effect.gen(function* () {
      const { batches, close, log, said } = yield* world({ fieldMap: { Msg: "message", nodeID: "node" } })
      yield* TestClock.setTime(1_767_225_600_123)
      yield* log("collected", { task: "t1", count: 3, nodeID: "no other's" })
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(batches, [
        [
          {
            at: 1_767_225_600_123_000,
            fields: {
              Time: "2026-01-01T00:00:00.123Z",
              Level: "INFO",
              message: "collected",
              Name: "my-function",
              task: "t1",
              count: "3",
              node: "node-1",
              version: "v1.0.0",
            },
          },
        ],
      ])
      assert.lengthOf(said, 1)
      yield* close
    }),
  )

  it.effect("gets lines in batches, no larger than they may be", () =>
    Effect.gen(function* () {
      const { batches, close, log, sent } = yield* world({ batchItems: 3 })
      for (let index = 0; index < 7; index++) yield* log(`line ${index}`)
      yield* TestClock.adjust("1900 millis")
      assert.lengthOf(batches, 0)
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(
        batches.map((batch) => batch.length),
        [3, 3, 1],
      )
      assert.deepStrictEqual(
        messages(batches.flat()),
        [0, 1, 2, 3, 4, 5, 6].map((index) => `line ${index}`),
      )
      assert.strictEqual(sent(), 7)
      yield* close
    }),
  )

  it.effect(
    "that is away is tried again, so often and no more, and what is given up is counted and said",
    () =>
      Effect.gen(function* () {
        const { batches, close, dropped, log, said, state } = yield* world()
        state.fails = "unreachable"
        yield* log("lost")
        // 2 s of waiting for others, then 1, 2 and 3 s, each a fifth more or less.
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(state.tries, 1)
        yield* TestClock.adjust("8 seconds")
        assert.strictEqual(state.tries, 4)
        assert.deepStrictEqual(dropped(), { unreachable: 1 })
        assert.include(said.at(-1), "1 log lines are not in the log service")
        state.fails = undefined
        yield* log("kept")
        yield* TestClock.adjust("2 seconds")
        // What shipping says of itself is not shipped: it would never end.
        assert.deepStrictEqual(messages(batches.flat()), ["kept"])
        yield* close
      }),
  )

  it.effect("that refuses is not asked again", () =>
    Effect.gen(function* () {
      const { close, dropped, log, state } = yield* world()
      state.fails = "refused"
      yield* log("refused")
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(state.tries, 1)
      assert.deepStrictEqual(dropped(), { refused: 1 })
      yield* close
    }),
  )

  it.effect("that takes nothing holds up nobody: memory is bounded, and what does not fit is counted", () =>
    Effect.gen(function* () {
      const { close, dropped, log, state } = yield* world({ capacityBytes: 10_000 })
      state.hangs = true
      yield* log("the first batch")
      yield* TestClock.adjust("2 seconds")
      for (let index = 0; index < 100; index++) yield* log("x".repeat(1000))
      assert.isAtLeast(dropped()["full"] ?? 0, 90)
      const stopped = yield* Effect.forkChild(close)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(stopped)
      const { full = 0, stop = 0 } = dropped()
      assert.strictEqual(full + stop, 101)
    }),
  )

  it.effect("gets at the end what still waits, and what was on its way", () =>
    Effect.gen(function* () {
      const { batches, close, log, state } = yield* world()
      state.fails = "unreachable"
      yield* log("on its way")
      yield* TestClock.adjust("2 seconds")
      yield* log("waiting")
      state.fails = undefined
      yield* close
      assert.deepStrictEqual(messages(batches.flat()), ["on its way", "waiting"])
    }),
  )
})
