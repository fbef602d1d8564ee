import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { layer as localSecrets } from "../../../layers/secrets/Local.ts"
import { Environment } from "../../../services/Environment.ts"
import { AppConfig } from "../../../src/config/AppConfig.ts"
import { ConfigError } from "../../../src/config/ConfigError.ts"
import { filesOf } from "../../support/configuration.ts"

/** A part of a program that is a layer and reads the configuration. */
class Address extends Context.Service<Address, { readonly text: string }>()("test/Address") {
  static readonly layer = Layer.effect(
    Address,
    Effect.map(AppConfig, ({ config }) =>
      Address.of({ text: `${config.server.host}:${config.server.port}` }),
    ),
  )
}

const files = filesOf({ "a.yaml": "server: { port: 1 }", "wrong.yaml": "server: { port: none }" })
const world = Layer.mergeAll(
  files,
  Layer.provide(localSecrets, files),
  Layer.succeed(Environment, { MILLRACE_SERVER__HOST: "h" }),
)

describe("a layer that reads the configuration", () => {
  it.effect("has it from files and the environment", () =>
    Effect.gen(function* () {
      const layer = Address.layer.pipe(Layer.provide(AppConfig.layer(["a.yaml"])), Layer.provide(world))
      assert.strictEqual((yield* Effect.provide(Address, layer)).text, "h:1")
    }),
  )

  it.effect("has it from an embedding application, whatever the environment says", () =>
    Effect.gen(function* () {
      const config = AppConfig.layerFrom({ server: { port: 0 } })
      const layer = Address.layer.pipe(Layer.provide(config), Layer.provide(world))
      assert.strictEqual((yield* Effect.provide(Address, layer)).text, "127.0.0.1:0")
    }),
  )

  it.effect("is never built on a wrong one", () =>
    Effect.gen(function* () {
      const layer = Address.layer.pipe(Layer.provide(AppConfig.layer(["wrong.yaml"])), Layer.provide(world))
      const error = yield* Effect.flip(Effect.provide(Address, layer))
      assert.instanceOf(error, ConfigError)
      assert.deepEqual(
        error.problems.map(({ path, source }) => [path, source]),
        [["server.port", "wrong.yaml"]],
      )
    }),
  )
})
