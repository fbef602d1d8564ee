import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import type { MillraceConfig } from "../../../src/config/Sections.ts"
import { bad, good, load } from "../../support/configuration.ts"
import { exampleConfig } from "../../support/exampleConfig.ts"

const kafka = (config: MillraceConfig) => {
  const sink = config.sinks.find((each) => each.type === "kafka")
  if (sink === undefined) throw new Error("there is no kafka sink")
  return sink
}

/** A variable, and what the configuration says then. */
const overrides: ReadonlyArray<readonly [string, string, (config: MillraceConfig) => unknown, unknown]> = [
  ["MILLRACE_SERVER__PORT", "9999", (c) => c.server.port, 9999],
  ["MILLRACE_SERVER__HOST", "0.0.0.0", (c) => c.server.host, "0.0.0.0"],
  ["millrace_server__port", "9998", (c) => c.server.port, 9998],
  [
    "MILLRACE_EXCHANGES__BINANCE__SYMBOLS",
    '["SOL/USDT"]',
    (c) => c.exchanges["binance"]?.symbols,
    ["SOL/USDT"],
  ],
  [
    "MILLRACE_EXCHANGES__BINANCE__DATA_TYPES",
    '["depth20"]',
    (c) => c.exchanges["binance"]?.dataTypes,
    ["depth20"],
  ],
  [
    "MILLRACE_EXCHANGES__BINANCE__WS_ENDPOINT",
    "ws://127.0.0.1:1/",
    (c) => c.exchanges["binance"]?.wsEndpoint,
    "ws://127.0.0.1:1",
  ],
  [
    "MILLRACE_EXCHANGES__BINANCE_USDM__WS_ENDPOINT",
    "wss://fstream.example",
    (c) => c.exchanges["binance-usdm"]?.wsEndpoint,
    "wss://fstream.example",
  ],
  ["MILLRACE_EXCHANGES__BINANCE__CONNECTIONS__MAX", "2", (c) => c.exchanges["binance"]?.connections.max, 2],
  [
    "MILLRACE_EXCHANGES__BINANCE__CONNECTIONS__STREAMS-PER-CONNECTION",
    "7",
    (c) => c.exchanges["binance"]?.connections.streamsPerConnection,
    7,
  ],
  [
    "MILLRACE_EXCHANGES__BINANCE__CONNECTIONS__RECONNECT_DELAY",
    "250",
    (c) => Duration.toMillis(c.exchanges["binance"]!.connections.reconnectDelay),
    250,
  ],
  [
    "MILLRACE_EXCHANGES__BINANCE__CONNECTIONS__MAXRECONNECTDELAY",
    "2 minutes",
    (c) => Duration.toMillis(c.exchanges["binance"]!.connections.maxReconnectDelay),
    120_000,
  ],
  [
    "MILLRACE_EXCHANGES__BINANCE__CONNECTIONS",
    '{"max":1}',
    (c) => [
      c.exchanges["binance"]?.connections.max,
      c.exchanges["binance"]?.connections.streamsPerConnection,
    ],
    [1, 1000],
  ],
  [
    "MILLRACE_EXCHANGES__BINANCE__PROXY",
    "socks5://127.0.0.1:1080",
    (c) => Redacted.value(c.exchanges["binance"]!.proxy!),
    "socks5://127.0.0.1:1080",
  ],
  ["MILLRACE_JOURNAL__MAX_SIZE", "1 GiB", (c) => c.journal.maxSize, 2 ** 30],
  ["MILLRACE_JOURNAL__SYNC_INTERVAL", "5ms", (c) => Duration.toMillis(c.journal.syncInterval), 5],
  ["MILLRACE_JOURNAL__WHEN_FULL__TRADE", "drop", (c) => c.journal.whenFull.trade, "drop"],
  ["MILLRACE_OVERLOAD__OPEN_INTEREST", "conflate", (c) => c.overload.open_interest, "conflate"],
  [
    "MILLRACE_SINKS__KAFKA__BROKERS",
    '["b1:9092","b2:9092"]',
    (c) => kafka(c).brokers,
    ["b1:9092", "b2:9092"],
  ],
  ["MILLRACE_SINKS__1__BATCH_SIZE", "500", (c) => kafka(c).batchSize, 500],
  ["MILLRACE_SINKS__KAFKA__CREATE_TOPICS", "false", (c) => kafka(c).createTopics, false],
  ["MILLRACE_SINKS__KAFKA__SSL", "true", (c) => kafka(c).ssl, true],
  ["MILLRACE_SINKS", '[{"name":"out","type":"stdout"}]', (c) => c.sinks.map((sink) => sink.type), ["stdout"]],
  ["MILLRACE_TELEMETRY__LOG_LEVEL", "DEBUG", (c) => c.telemetry.logLevel, "debug"],
  ["MILLRACE_TELEMETRY__PROMETHEUS__PORT", "9191", (c) => c.telemetry.prometheus?.port, 9191],
  ["MILLRACE_TELEMETRY__PROMETHEUS", "null", (c) => c.telemetry.prometheus, undefined],
  ["MILLRACE_SIMULATOR", '{"seed":7}', (c) => c.simulator?.seed, 7],
  ["MILLRACE_PLUGIN__CLS__TOPIC_ID", "abc", (c) => c.plugin, { cls: { topic_id: "abc" } }],
]

describe("the environment", () => {
  for (const [name, text, read, expected] of overrides) {
    it.effect(`${name}=${text} wins over the file`, () =>
      Effect.gen(function* () {
        const { config, warnings } = good(yield* load({ "my.yaml": exampleConfig }, { [name]: text }))
        assert.deepEqual(JSON.parse(JSON.stringify(read(config) ?? null)), expected ?? null)
        assert.isFalse(warnings.some((warning) => warning.startsWith(name)))
      }),
    )
  }

  it.effect("can say everything without a file", () =>
    Effect.gen(function* () {
      const { config } = good(
        yield* load(
          {},
          {
            MILLRACE_EXCHANGES__BINANCE__SYMBOLS: '["BTC-USDT"]',
            MILLRACE_EXCHANGES__BINANCE__DATATYPES: '["trade"]',
            MILLRACE_SINKS__FILES__PATH: "/var/records",
          },
        ),
      )
      assert.deepEqual(config.exchanges["binance"]?.symbols, ["BTC-USDT"])
      assert.deepEqual(
        config.sinks.map((sink) => sink.type === "files" && sink.path),
        ["/var/records"],
      )
    }),
  )

  it.effect("takes a whole list before its parts, however they are written", () =>
    Effect.gen(function* () {
      const { config } = good(
        yield* load(
          {},
          {
            MILLRACE_SINKS__A__PATH: "/a",
            millrace_sinks: '[{"name":"a","type":"files"}]',
            MILLRACE_EXCHANGES: "{}",
          },
        ),
      )
      assert.deepEqual(
        config.sinks.map((sink) => sink.type === "files" && sink.path),
        ["/a"],
      )
    }),
  )

  it.effect("with names of others in it gives warnings, and changes nothing", () =>
    Effect.gen(function* () {
      const { config, warnings } = good(
        yield* load(
          { "my.yaml": "exchanges: { binance: { symbols: [BTC-USDT], dataTypes: [trade] } }" },
          {
            MILLRACE_PORT: "tcp://10.0.0.1:80",
            MILLRACE_SERVICE_HOST: "10.0.0.1",
            MILLRACE_SERVER__PROT: "1",
            MILLRACE_EXCHANGES__BINANSE__SYMBOLS: "[]",
            MILLRACE_SINKS__NOWHERE__PATH: "x",
            MILLRACE_SERVER__PORT__DEEPER: "1",
            PATH: "/bin",
          },
        ),
      )
      assert.strictEqual(config.server.port, 8080)
      assert.deepEqual([...warnings].sort(), [
        'MILLRACE_EXCHANGES__BINANSE__SYMBOLS: no such setting, ignored; did you mean "binance"?',
        "MILLRACE_PORT: no such setting, ignored",
        "MILLRACE_SERVER__PORT__DEEPER: no such setting, ignored",
        'MILLRACE_SERVER__PROT: no such setting, ignored; did you mean "port"?',
        "MILLRACE_SERVICE_HOST: no such setting, ignored",
        "MILLRACE_SINKS__NOWHERE__PATH: no such setting, ignored",
      ])
    }),
  )

  it.effect("is named where its value does not fit", () =>
    Effect.gen(function* () {
      const lines = bad(
        yield* load(
          { "my.yaml": exampleConfig },
          { MILLRACE_SERVER__PORT: "http", MILLRACE_EXCHANGES__BINANCE__SYMBOLS: "BTC-USDT" },
        ),
      )
      assert.deepEqual(lines, [
        'server.port: expected a port, 0 to 65535 (0: any free one), found "http" (MILLRACE_SERVER__PORT)',
        'exchanges.binance.symbols: expected a list, found "BTC-USDT"; in the environment lists and objects are JSON (MILLRACE_EXCHANGES__BINANCE__SYMBOLS)',
      ])
    }),
  )
})
