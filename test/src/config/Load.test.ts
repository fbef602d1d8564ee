import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted, Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import type { Loaded } from "../../../src/config/Load.ts"
import { bad, embed, good, load } from "../../support/configuration.ts"
import { exampleConfig, exampleNodeConfig } from "../../support/exampleConfig.ts"

const shipped = (name: string): string => readFileSync(`config/${name}`, "utf8")

const notBuiltWarnings = ({ warnings }: Loaded): ReadonlyArray<string> =>
  warnings.filter((warning) => warning.includes("not built yet"))

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

describe("the exchange collector's configuration", () => {
  it.effect("runs as it stands, with one warning that names what is not built yet", () =>
    Effect.gen(function* () {
      const loaded = good(yield* load({ "production.yaml": shipped("exchange-collector.yaml") }))
      const { config } = loaded
      assert.deepEqual(config.server, { host: "127.0.0.1", port: 8080 })
      assert.strictEqual(config.exchanges["binance"]?.wsEndpoint, "wss://stream.binance.com:9443")
      assert.deepEqual(config.exchanges["binance"]?.dataTypes, ["trade", "kline_1m", "kline_5m", "kline_1h"])
      assert.strictEqual(config.sinks.length, 1)
      assert.include(config.sinks[0], {
        name: "kafka",
        type: "kafka",
        clientId: "millrace",
        batchSize: 100,
        lingerMs: 100,
        compression: "gzip",
        topic: "market.{type}.{exchange}.{symbol}",
      })
      assert.deepEqual(config.telemetry, {
        serviceName: "millrace",
        prometheus: { port: 9090 },
        logLevel: "info",
        logFormat: "json",
      })
      assert.strictEqual(loaded.warnings.length, 1)
      for (const part of ["pubsub", "secretManager", "googleCloudMonitoring", "googleCloudLogging"]) {
        assert.include(loaded.warnings[0], part)
      }
      assert.strictEqual(loaded.notBuilt.length, 4)
    }),
  )

  it.effect("names no part that is switched off", () =>
    Effect.gen(function* () {
      const off = shipped("exchange-collector.yaml").replaceAll("enabled: true", "enabled: false")
      const { config, warnings } = good(yield* load({ "production.yaml": off }))
      assert.deepEqual(warnings, [])
      assert.isUndefined(config.telemetry.prometheus)
    }),
  )

  it.effect("yields to what our own sections say, and never makes two sinks of one name", () =>
    Effect.gen(function* () {
      const legacy =
        "kafka: { brokers: [k:9092] }\nlogging: { level: debug }\nmonitoring: { prometheus: { port: 9091 } }\n"
      const { config } = good(
        yield* load({
          "my.yaml": `${legacy}telemetry: { logLevel: warn, prometheus: { port: 1234 } }\nsinks: [{ name: out, type: stdout }]`,
        }),
      )
      assert.strictEqual(config.telemetry.logLevel, "warn")
      assert.strictEqual(config.telemetry.prometheus?.port, 1234)
      assert.deepEqual(
        config.sinks.map((sink) => sink.name),
        ["out", "kafka"],
      )
      const twice = bad(yield* load({ "my.yaml": `${legacy}sinks: [{ name: kafka, type: stdout }]` }))
      assert.isTrue(twice.some((line) => line.startsWith("kafka: ")))
    }),
  )
})

describe("a node's configuration", () => {
  it.effect("loads as it stands, with one warning for all its parts", () =>
    Effect.gen(function* () {
      const loaded = good(yield* load({ "config.yaml": exampleNodeConfig }))
      assert.strictEqual(loaded.config.system?.version, "v1.0.0")
      assert.deepEqual(loaded.config.plugin, { cls: { topic_id: "xxx", secret_id: "xxx" } })
      assert.strictEqual(loaded.config.triggers?.length, 2)
      assert.strictEqual(loaded.warnings.length, 1)
      assert.strictEqual(notBuiltWarnings(loaded).length, 1)
    }),
  )

  it.effect("has a second file for its ports", () =>
    Effect.gen(function* () {
      const { config } = good(
        yield* load({
          "config.yaml": exampleNodeConfig,
          "trpc_go.yaml":
            "server:\n  service:\n    - name: trpc.myapp.gateway.stdhttp\n      network: tcp\n      protocol: http_no_protocol\n      ip: 0.0.0.0\n      port: 9000\n    - name: trpc.heartbeat.timer\n      protocol: timer\n      timeout: 10000\n",
        }),
      )
      assert.strictEqual(config.server.service?.[0]?.port, 9000)
    }),
  )

  it.effect("of a cloud function loads", () =>
    Effect.gen(function* () {
      const { config, warnings } = good(
        yield* load({
          "config.serverless.yaml":
            'runtime:\n  mode: "serverless"\n  serverless:\n    provider: "tencent"\n    enable_local_timer: false\n    task_store:\n      type: "bleve"\n      path: "/tmp/data/tasks"\n',
        }),
      )
      assert.strictEqual(config.runtime?.mode, "serverless")
      assert.strictEqual(warnings.length, 1)
    }),
  )

  it.effect("opens its gateway to others only when it says so", () =>
    Effect.gen(function* () {
      const lines = bad(yield* load({ "a.yaml": "gateway: { host: 0.0.0.0 }" }))
      assert.match(lines[0]!, /^gateway: .*public: true/)
      good(yield* load({ "a.yaml": "gateway: { host: 0.0.0.0, public: true }" }))
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
