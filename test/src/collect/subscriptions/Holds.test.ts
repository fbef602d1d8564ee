import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, References, Scope } from "effect"
import { makeSimulator } from "../../../../src/simulator/index.ts"
import { collecting, collectInto } from "../../../support/collecting.ts"

const ask = (...symbols: ReadonlyArray<string>) => [{ venue: "binance", symbols, dataTypes: ["trade"] }]

describe("streams for as long as somebody needs them", () => {
  it.live("the last who lets go ends a stream, and nobody else's is ended by it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const simulator = yield* makeSimulator({
          symbols: ["BTC-USDT", "ETH-USDT", "SOL-USDT"],
          venues: ["binance"],
          rate: 200,
        })
        const { collect } = yield* collectInto(simulator, {
          binance: { symbols: ["BTC-USDT"], dataTypes: ["trade"] },
        })
        const { hold, subscribe, subscriptions, unsubscribe } = collect.service
        const now = Effect.map(subscriptions, (all) => all.map(({ origin, symbol }) => `${symbol} ${origin}`))
        const [first, second] = [yield* Scope.make(), yield* Scope.make()]
        const held = yield* Scope.provide(hold(ask("BTC/USDT", "ETHUSDT", "???")), first)
        assert.deepStrictEqual(
          held.map(({ result, symbol }) => `${symbol} ${result}`),
          ["BTC-USDT already", "ETH-USDT added", "??? refused"],
        )
        yield* Scope.provide(hold(ask("ETH-USDT", "SOL-USDT")), second)
        assert.deepStrictEqual(yield* now, ["BTC-USDT config", "ETH-USDT task", "SOL-USDT task"])

        // The API takes it over, and lets go of it: it is the tasks' again.
        assert.strictEqual((yield* subscribe(ask("ETH/USDT")))[0]!.result, "added")
        assert.strictEqual((yield* subscribe(ask("ETH/USDT")))[0]!.result, "already")
        assert.include(yield* now, "ETH-USDT api")
        assert.strictEqual((yield* unsubscribe(ask("ETHUSDT")))[0]!.result, "removed")
        assert.strictEqual((yield* unsubscribe(ask("ETHUSDT")))[0]!.result, "absent")
        assert.include(yield* now, "ETH-USDT task")

        // What a task holds of the configuration's outlives the configuration's.
        assert.strictEqual((yield* unsubscribe(ask("BTC-USDT")))[0]!.result, "removed")
        assert.include(yield* now, "BTC-USDT task")
        yield* Scope.close(first, Exit.void)
        assert.deepStrictEqual(yield* now, ["ETH-USDT task", "SOL-USDT task"])
        assert.strictEqual((yield* subscribe(ask("SOL-USDT")))[0]!.result, "added")
        yield* Scope.close(second, Exit.void)
        assert.deepStrictEqual(yield* now, ["SOL-USDT api"])
      }),
    ).pipe(Effect.provide(collecting), Effect.provideService(References.MinimumLogLevel, "None")),
  )
})
