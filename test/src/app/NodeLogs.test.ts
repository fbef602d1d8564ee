import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { Environment } from "../../../services/Environment.ts"
import { type ConfigInput, MillraceNode } from "../../../src/index.ts"
import { startLogService } from "../../support/logService.ts"
import { freePort, untilTrue } from "../../support/process.ts"

/** Runs a node with this section, stops it, and gives what it said to its own log. */
const logOf = (cls: unknown, environment: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const said: Array<string> = []
    const config: ConfigInput = {
      system: { name: "my-function", version: "v1.0.0", env: "test" },
      gateway: { port: yield* freePort },
      plugin: { cls, mine: { nested: [1] } },
      journal: { kind: "memory" },
      sinks: [],
    }
    const log = Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])
    yield* untilTrue("its gateway is open", () => said.some((line) => line.startsWith("gateway on"))).pipe(
      Effect.provide(MillraceNode.layer({ config }).pipe(Layer.provideMerge(log))),
      Effect.provideService(Environment, { SCF_FUNCTIONNAME: "node-1", ...environment }),
    )
    return said
  })

describe("plugin.cls", () => {
  it.live("sends the node's log to the log service, with nodeID and version on every line", () =>
    Effect.gen(function* () {
      const stub = yield* startLogService
      const said = yield* logOf(
        {
          topic_id: "topic-1",
          host: stub.origin,
          secret_id: "AKIDx",
          secret_key: { env: "CLS_KEY" },
          source: "10.0.0.9",
          linger_ms: 50,
          what_else: "is the plugin's",
        },
        { CLS_KEY: "the-key" },
      )
      const lines = stub.lines()
      assert.isAbove(lines.length, 2)
      for (const { fields } of lines)
        assert.deepInclude(fields, { nodeID: "node-1", version: "v1.0.0", env: "test", Name: "my-function" })
      assert.deepStrictEqual(new Set(stub.uploads().map(({ source }) => source)), new Set(["10.0.0.9"]))
      assert.isTrue(stub.uploads().every(({ path }) => path === "/structuredlog?topic_id=topic-1"))
      // It goes where it went before as well: every line, and the last one too.
      const messages = lines.map(({ fields }) => fields["Msg"] ?? "")
      assert.deepStrictEqual(
        messages.filter((message) => !said.some((line) => line.startsWith(message))),
        [],
      )
      assert.isTrue(messages.some((message) => message.startsWith("gateway on http://")))
      assert.notInclude(JSON.stringify([said, lines]), "the-key")
    }).pipe(Effect.scoped),
  )

  it.live("that is not whole harms nothing: what is missing is said, no value is shown", () =>
    Effect.gen(function* () {
      const about = (cls: unknown) =>
        Effect.map(logOf(cls), (said) => said.filter((line) => line.startsWith("plugin.cls")))
      assert.deepStrictEqual(yield* about({ topic_id: "xxx", secret_id: "AKID-plain" }), [
        "plugin.cls: host, secret_key missing or not understood; this node's log goes to stderr alone",
      ])
      assert.deepStrictEqual(yield* about({ topic_id: ["AKID-plain"] }), [
        "plugin.cls: a key has a value of another kind than it should have; this node's log goes to stderr alone",
      ])
      const whole = { topic_id: "t", host: "h", secret_id: "i" }
      assert.deepStrictEqual(yield* about({ ...whole, secret_key: { env: "NOT_SET" } }), [
        "plugin.cls: the environment variable NOT_SET is not set; this node's log goes to stderr alone",
      ])
      assert.deepStrictEqual(yield* about(undefined), [])
    }).pipe(Effect.scoped),
  )
})
