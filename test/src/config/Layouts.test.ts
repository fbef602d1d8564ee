import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { bad, good, load } from "../../support/configuration.ts"
import { exampleNodeConfig } from "../../support/exampleConfig.ts"

const shipped = (name: string): string => readFileSync(`config/${name}`, "utf8")

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

  it.effect("is not changed by a variable that means nothing", () =>
    Effect.gen(function* () {
      const environment = { MILLRACE_SINKS__KAFKA__BROKERS: '["127.0.0.1:1"]' }
      const { config, warnings } = good(
        yield* load({ "production.yaml": shipped("exchange-collector.yaml") }, environment),
      )
      assert.include(warnings.join(), "MILLRACE_SINKS__KAFKA__BROKERS: no such setting")
      assert.deepEqual(
        config.sinks.map(({ name }) => name),
        ["kafka"],
      )
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
  it.effect("loads as it stands", () =>
    Effect.gen(function* () {
      const loaded = good(yield* load({ "config.yaml": exampleNodeConfig }))
      assert.strictEqual(loaded.config.system?.version, "v1.0.0")
      assert.deepEqual(loaded.config.plugin, { cls: { topic_id: "xxx", secret_id: "xxx" } })
      assert.strictEqual(loaded.config.triggers?.length, 2)
      assert.strictEqual(loaded.config.tasks.store, "sqlite")
      assert.deepStrictEqual(loaded.warnings, [])
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
      assert.deepStrictEqual(warnings, [])
      // Nothing else of a function's file system can be written to.
      assert.strictEqual(config.tasks.path, "/tmp/data/tasks/tasks.db")
      assert.strictEqual(config.journal.path, "/tmp/data/journal")
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
