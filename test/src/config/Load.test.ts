import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted, Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { bad, embed, good, load } from "../../support/configuration.ts"
import { exampleConfig } from "../../support/exampleConfig.ts"

const shipped = (name: string): string => readFileSync(`config/${name}`, "utf8")

describe("a configuration", () => {
  it.effect("with every section of a collector loads", () =>
    Effect.gen(function* () {
      const { config } = good(yield* load({ "my.yaml": exampleConfig }))
      assert.strictEqual(config.overload.bbo, "conflate")
      assert.strictEqual(config.journal.segmentSize, 64 * 2 ** 20)
      assert.deepEqual(config.exchanges["binance"]?.symbols, ["BTC/USDT", "ETH-USDT", "BNBUSDT"])
      assert.strictEqual(
        Duration.toMillis(config.exchanges["binance"]!.connections.heartbeatInterval),
        30_000,
      )
    }),
  )

  for (const name of readdirSync("config").filter((file) => file.endsWith(".yaml"))) {
    it.effect(`shipped as config/${name} loads`, () =>
      Effect.gen(function* () {
        const loaded = good(yield* load({ [name]: shipped(name) }))
        assert.isAbove(Object.keys(loaded.config.exchanges).length, 0)
        assert.isAbove(loaded.config.sinks.length, 0)
      }),
    )
  }

  it.effect("for npm start needs no network, no broker and gives no warning", () =>
    Effect.gen(function* () {
      const { config, warnings } = good(yield* load({ "default.yaml": shipped("default.yaml") }))
      assert.deepEqual(warnings, [])
      assert.isDefined(config.simulator)
      assert.isUndefined(config.exchanges["binance"]?.wsEndpoint)
      assert.deepEqual(
        config.sinks.map((sink) => sink.type),
        ["files"],
      )
      assert.includeMembers(
        [...(config.exchanges["binance"]?.dataTypes ?? [])],
        ["trade", "kline_1m", "ticker", "bbo", "depth"],
      )
    }),
  )

  it.effect("may be empty: everything has a default", () =>
    Effect.gen(function* () {
      const { config, warnings } = good(yield* load({ "empty.yaml": "# nothing\n" }))
      assert.strictEqual(config.server.host, "127.0.0.1")
      assert.strictEqual(config.server.port, 8080)
      assert.deepEqual(
        config.sinks.map((sink) => sink.name),
        ["files"],
      )
      assert.strictEqual(warnings.length, 1, "that nothing is collected is said")
    }),
  )
})

describe("later files", () => {
  it.effect("win key by key, lists replace, null takes back", () =>
    Effect.gen(function* () {
      const { config } = good(
        yield* load({
          "base.yaml": exampleConfig,
          "site.json": JSON.stringify({
            server: { port: 8081 },
            exchanges: { binance: { symbols: ["SOL-USDT"], connections: { max: null } } },
            telemetry: { prometheus: null },
          }),
          "night.yaml":
            "server: { host: 0.0.0.0 }\nexchanges: { binance: { connections: { streamsPerConnection: 9 } } }",
        }),
      )
      assert.deepEqual(config.server, { host: "0.0.0.0", port: 8081 })
      assert.deepEqual(config.exchanges["binance"]?.symbols, ["SOL-USDT"])
      assert.strictEqual(config.exchanges["binance"]?.connections.max, 5)
      assert.strictEqual(config.exchanges["binance"]?.connections.streamsPerConnection, 9)
      assert.isUndefined(config.telemetry.prometheus)
    }),
  )

  it.effect("are the ones that a problem of theirs names", () =>
    Effect.gen(function* () {
      const lines = bad(
        yield* load({ "base.yaml": "server: { port: 1.5 }", "site.yaml": "server: { hots: x }\nsinks: {}" }),
      )
      assert.deepEqual(lines, [
        'server.hots: unknown key; did you mean "host"? (site.yaml)',
        "server.port: expected an integer, found 1.5 (base.yaml)",
        "sinks: expected a list, found an object (site.yaml)",
      ])
    }),
  )

  it.effect("cannot reach the prototype of anything", () =>
    Effect.gen(function* () {
      const lines = bad(
        yield* load({
          "evil.json": '{"__proto__":{"polluted":1},"constructor":{},"exchanges":{"__proto__":{}}}',
        }),
      )
      assert.strictEqual(lines.length, 3)
      assert.isFalse("polluted" in {})
    }),
  )
})

describe("an embedding application", () => {
  it.effect("gives an object, and secrets as redacted texts", () =>
    Effect.gen(function* () {
      const { config } = good(
        yield* embed({
          exchanges: {
            binance: { symbols: ["BTC-USDT"], dataTypes: ["trade"], connections: { reconnectDelay: 5 } },
          },
          sinks: [
            {
              name: "k",
              type: "kafka",
              brokers: ["127.0.0.1:9092"],
              sasl: { mechanism: "plain", username: "me", password: Redacted.make("hunter2") },
            },
          ],
        }),
      )
      assert.strictEqual(Duration.toMillis(config.exchanges["binance"]!.connections.reconnectDelay), 5)
      assert.isFalse(JSON.stringify(config).includes("hunter2"))
    }),
  )

  it.effect("is told of its mistakes too", () =>
    Effect.gen(function* () {
      const result = yield* embed({ exchanges: { binance: { symbols: ["?"] } } })
      assert.isTrue(Result.isFailure(result))
    }),
  )
})
