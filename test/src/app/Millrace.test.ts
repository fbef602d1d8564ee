import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Logger, Scope } from "effect"
import * as millrace from "../../../src/index.ts"
import { eventually } from "../../support/process.ts"
import { until } from "../../support/webSocketServer.ts"

const { AppConfig, Collection, decodeRecord, makeSink, Millrace, recordOf } = millrace

const config: millrace.ConfigInput = {
  simulator: { rate: 400 },
  exchanges: { binance: { symbols: ["BTC-USDT"], dataTypes: ["trade", "depth", "bbo"] } },
}

const live = <E>(promise: string, body: Effect.Effect<void, E, Scope.Scope>) =>
  it.live(promise, () => Effect.scoped(body), 60_000)

describe("Millrace as a layer", () => {
  live(
    "delivers everything it has accepted to the application's own sink before its scope has closed",
    Effect.gen(function* () {
      const ids: Array<string> = []
      const lines: Array<unknown> = []
      const sink = makeSink({
        name: "own",
        deliver: (envelopes) =>
          Effect.gen(function* () {
            for (const envelope of envelopes) ids.push((yield* decodeRecord(envelope)).id)
          }),
      })
      const logger = Logger.layer([Logger.make(({ message }) => void lines.push(message))])
      const scope = yield* Scope.make()
      const layer = Millrace.layer({ config, sinks: [sink] }).pipe(Layer.provide(logger))
      const context = yield* Layer.buildWithScope(layer, scope)
      yield* until("300 records", () => ids.length > 300)
      const { accounts, unready } = Context.get(context, Collection)
      yield* eventually(
        "it is ready",
        Effect.flatMap(unready, (reasons) =>
          reasons.length === 0 ? Effect.succeed(true) : Effect.fail(reasons.join("; ")),
        ),
      )
      yield* Scope.close(scope, Exit.void)

      const { balanced, records, sinks } = yield* accounts
      assert.isTrue(balanced)
      assert.strictEqual(records.accepted, ids.length)
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.deepStrictEqual(
        sinks.map(({ name, delivered, waiting }) => ({ name, delivered, waiting })),
        [{ name: "own", delivered: ids.length, waiting: 0 }],
        "no sink but the application's own",
      )
      assert.isTrue(
        lines.flat().some((line) => String(line).startsWith("stopped: ")),
        "it logs to the application's loggers",
      )
    }),
  )

  live(
    "gives a sink again what it failed to deliver",
    Effect.gen(function* () {
      const ids: Array<string> = []
      let failures = 0
      const sink = makeSink({
        name: "own",
        maxBatch: 50,
        deliver: (envelopes) => {
          if (ids.length > 50 && failures === 0) {
            failures++
            return Effect.fail(new Error("the shelf is full"))
          }
          return Effect.sync(() => void ids.push(...envelopes.map((envelope) => recordOf(envelope).id)))
        },
      })
      const quiet = Logger.layer([])
      const { accounts } = yield* Effect.gen(function* () {
        const collection = yield* Collection
        yield* until("300 records", () => ids.length > 300)
        return collection
      }).pipe(Effect.provide(Millrace.layer({ config, sinks: [sink] }).pipe(Layer.provide(quiet))))
      assert.strictEqual(failures, 1)
      const { records } = yield* accounts
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.strictEqual(records.accepted, ids.length)
    }),
  )

  live(
    "takes the application's own configuration layer, and refuses two sinks of one name",
    Effect.gen(function* () {
      const own = AppConfig.layerFrom({ ...config, sinks: [{ name: "out", type: "stdout" }] }).pipe(
        Layer.provide(
          Layer.succeed(millrace.Secrets, { resolve: () => Effect.die("no secrets in this configuration") }),
        ),
      )
      const out = makeSink({ name: "out", deliver: () => Effect.void })
      const layer = Millrace.layerFromConfig({ sinks: [out] }).pipe(Layer.provide(own))
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
      assert.instanceOf(error, millrace.ConfigError)
      assert.include(error.message, `"out" is the name of two sinks`)
    }),
  )
})
