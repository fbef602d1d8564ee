import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { root } from "../../../../src/runtime/Supervisor.ts"
import { collecting } from "../../../support/collecting.ts"
import { historyBench, taskSpec } from "../../../support/historyBench.ts"
import { until } from "../../../support/webSocketServer.ts"

const stream = (id: string, symbols: ReadonlyArray<string>) =>
  taskSpec({ id, source: "binance", dataType: "trade", symbols, schedule: { kind: "stream" } })

describe("a task of streams", () => {
  it.live("collects for as long as it runs: sockets are there only while a task needs them", () =>
    Effect.gen(function* () {
      const bench = yield* historyBench({ venues: ["binance"], rate: 200 })
      const { collect, runner, simulator } = bench
      yield* Effect.forkScoped(root("test", collect.run))
      const sockets = () => simulator.venue("binance").stats().connections
      const origins = Effect.map(collect.service.subscriptions, (all) =>
        all.map(({ origin, symbol }) => `${symbol} ${origin}`).toSorted(),
      )
      yield* Effect.sleep("300 millis")
      assert.strictEqual(sockets(), 0)

      const one = yield* Effect.forkScoped(
        runner.run(bench.runOf(stream("one", ["BTC-USDT", "ETH-USDT"]), 0)),
      )
      yield* until("a socket", () => sockets() === 1)
      const two = yield* Effect.forkScoped(runner.run(bench.runOf(stream("two", ["BTC-USDT"]), 0)))
      yield* until(
        "trades",
        () => (collect.runtimes.get("binance")?.metrics.recordsAccepted.value() ?? 0) > 10,
      )
      assert.deepStrictEqual(yield* origins, ["BTC-USDT task", "ETH-USDT task"])

      // The first one ends: what the second one needs goes on.
      yield* Fiber.interrupt(one)
      assert.deepStrictEqual(yield* origins, ["BTC-USDT task"])
      // The API asks for it too, and lets go of it again while the task still needs it.
      const asked = [{ venue: "binance", symbols: ["BTC/USDT"], dataTypes: ["trade"] }]
      assert.deepStrictEqual((yield* collect.service.subscribe(asked))[0]?.result, "added")
      assert.deepStrictEqual(yield* origins, ["BTC-USDT api"])
      assert.deepStrictEqual((yield* collect.service.unsubscribe(asked))[0]?.result, "removed")
      assert.deepStrictEqual(yield* origins, ["BTC-USDT task"])

      yield* Fiber.interrupt(two)
      assert.deepStrictEqual(yield* origins, [])
      yield* until("no socket", () => sockets() === 0)
    }).pipe(Effect.scoped, Effect.provide(collecting)),
  )

  it.live("fails where the venue is not configured, and says which are", () =>
    Effect.gen(function* () {
      const bench = yield* historyBench({ venues: ["binance"] })
      const spec = { ...stream("one", ["BTC-USDT"]), source: "okx" }
      const report = yield* bench.runner.run(bench.runOf(spec, 0))
      assert.strictEqual(report.outcome, "failed")
      assert.include(report.error, 'no venue "okx" is configured; configured: binance')
    }).pipe(Effect.scoped, Effect.provide(collecting)),
  )
})
