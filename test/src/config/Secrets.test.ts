import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import { inspect } from "node:util"
import { bad, good, load } from "../../support/configuration.ts"

const secret = "hunter2-is-never-seen"

const withSasl = (password: string): string =>
  `exchanges: { binance: { symbols: [BTC-USDT], dataTypes: [trade] } }
sinks: [{ name: k, type: kafka, brokers: ["127.0.0.1:9092"], sasl: { mechanism: plain, username: me, password: ${password} } }]
`

/** Everything that anyone could print of a result. */
const printed = (result: Result.Result<unknown, unknown>): string => {
  const value = Result.isSuccess(result) ? result.success : result.failure
  const message = value instanceof Error ? `${value.message}${value.stack}` : ""
  return [JSON.stringify(value), inspect(value, { depth: 20 }), String(value), message].join("\n")
}

describe("a secret", () => {
  it.effect("comes from a variable or a file, and is printed nowhere", () =>
    Effect.gen(function* () {
      const sources = [
        load({ "a.yaml": withSasl("{ env: KAFKA_PASSWORD }") }, { KAFKA_PASSWORD: secret }),
        load({ "a.yaml": withSasl("{ file: /run/secrets/kafka }"), "/run/secrets/kafka": `${secret}\n` }),
        load({ "a.yaml": withSasl("{ env: NOT_THIS }") }, { MILLRACE_SINKS__K__SASL__PASSWORD: secret }),
        load(
          { "a.yaml": withSasl("{ env: NOT_THIS }") },
          { MILLRACE_SINKS__K__SASL__PASSWORD: '{"env":"OTHER"}', OTHER: secret },
        ),
      ]
      for (const source of sources) {
        const result = yield* source
        const sink = good(result).config.sinks[0]
        assert.strictEqual(
          sink?.type === "kafka" && sink.sasl !== undefined && Redacted.value(sink.sasl.password),
          secret,
        )
        assert.notInclude(printed(result), secret)
      }
    }),
  )

  it.effect("of a later file replaces that of an earlier one", () =>
    Effect.gen(function* () {
      const { config } = good(
        yield* load(
          {
            "a.yaml": "exchanges: { binance: { proxy: { env: A } } }",
            "b.yaml": "exchanges: { binance: { proxy: { file: /proxy } } }",
            "/proxy": "http://me:secret@proxy:3128",
          },
          { A: "http://a" },
        ),
      )
      assert.strictEqual(Redacted.value(config.exchanges["binance"]!.proxy!), "http://me:secret@proxy:3128")
    }),
  )

  const misplaced: ReadonlyArray<readonly [string, string]> = [
    ["in plain text", withSasl(secret)],
    [
      "under a key that is misspelt",
      withSasl("{ env: A }").replace("password:", `passwort: ${secret}, password:`),
    ],
    ["as a whole section", `sinks: [{ name: k, type: kafka, brokers: ["a:1"], sasl: "me:${secret}" }]`],
    ["in a list of references", withSasl(`[${secret}]`)],
    ["as a reference of two ways", withSasl(`{ env: A, value: ${secret} }`)],
    ["in a URL", `exchanges: { binance: { wsEndpoint: "wss://me:${secret}@example" } }`],
    ["in a proxy's URL", `exchanges: { binance: { proxy: "http://me:${secret}@example:1" } }`],
    ["in an exporter's URL", `telemetry: { otlpEndpoint: "http://me:${secret}@example" }`],
    ["in the place of a sink", `sinks: ["kafka://me:${secret}@example"]`],
    ["in the place of everything", `"${secret}"`],
    ["as an alias", `exchanges: { binance: { proxy: *${secret} } }`],
    ["as a key of YAML gone wrong", `a: b: ${secret}`],
  ]

  for (const [where, text] of misplaced) {
    it.effect(`${where} is refused and not shown`, () =>
      Effect.gen(function* () {
        const result = yield* load({ "a.yaml": text }, { A: "a" })
        assert.isAbove(bad(result).length, 0)
        assert.notInclude(printed(result), secret)
      }),
    )
  }

  it.effect("that cannot be had is said by the name of its place", () =>
    Effect.gen(function* () {
      const lines = [
        ...bad(yield* load({ "a.yaml": withSasl("{ env: NOWHERE }") })),
        ...bad(yield* load({ "a.yaml": withSasl("{ env: EMPTY }") }, { EMPTY: "" })),
        ...bad(yield* load({ "a.yaml": withSasl("{ file: /nowhere }") })),
        ...bad(yield* load({ "a.yaml": withSasl("{ secret: kafka-password }") })),
      ]
      assert.strictEqual(lines.length, 4, lines.join("\n"))
      assert.match(
        lines[0]!,
        /^sinks\[0\]\.sasl\.password: the environment variable NOWHERE is not set \(a\.yaml\)$/,
      )
      assert.match(lines[1]!, /EMPTY is not set/)
      assert.match(lines[2]!, /\/nowhere cannot be read \(NotFound\)/)
      assert.match(lines[3]!, /no secret manager is built yet/)
    }),
  )

  it.effect("is no secret where it is a plain proxy", () =>
    Effect.gen(function* () {
      const { config } = good(
        yield* load({ "a.yaml": "exchanges: { binance: { proxy: 'socks5://127.0.0.1:1080' } }" }),
      )
      assert.strictEqual(Redacted.value(config.exchanges["binance"]!.proxy!), "socks5://127.0.0.1:1080")
    }),
  )
})
