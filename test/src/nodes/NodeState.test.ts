import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { NodeState, type SaidAddresses } from "../../../src/nodes/NodeState.ts"

const identity = { id: "n", version: "v1", os: "linux", arch: "amd64", engine: "node24", cpus: 1 }

/** The origins that a node knows after each word. */
const after = (first: SaidAddresses, ...said: ReadonlyArray<SaidAddresses>) =>
  Effect.gen(function* () {
    const state = yield* NodeState
    return yield* Effect.forEach(said, (each) =>
      Effect.andThen(
        state.learn(each),
        Effect.map(state.addresses, ({ server }) => server?.origin),
      ),
    )
  }).pipe(Effect.provide(NodeState.layer(identity, first)))

describe("where a node's control plane is", () => {
  it.effect("comes from host and port, or a URL, or both; what is empty changes nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* after(
          { serverIp: "", serverPort: 0 },
          {},
          { serverIp: "10.0.0.1", serverPort: 80 },
          { serverIp: "", serverPort: 0, serverUrl: "" },
          { serverPort: 81 },
          { serverIp: "10.0.0.2" },
          { serverUrl: "https://plane.example/base/" },
          { serverIp: "10.0.0.3", serverPort: 83, serverUrl: "https://10.0.0.3:83/x" },
          { serverUrl: "no url at all" },
          { serverUrl: "plane.example:8080" },
          { serverIp: "::1", serverPort: 9 },
        ),
        [
          undefined,
          "http://10.0.0.1:80",
          "http://10.0.0.1:80",
          "http://10.0.0.1:81",
          "http://10.0.0.2:81",
          "https://plane.example/base",
          "https://10.0.0.3:83/x",
          "https://10.0.0.3:83/x",
          "http://plane.example:8080",
          "http://[::1]:9",
        ],
      )
    }),
  )

  it.effect("is not known by half", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* after({ serverIp: "10.0.0.1" }, {}, { serverPort: 80 }), [
        undefined,
        undefined,
      ])
    }),
  )

  it.effect("changes are told apart from words that say what is known", () =>
    Effect.gen(function* () {
      const state = yield* NodeState
      assert.isTrue(yield* state.learn({ storageUrl: "http://s" }))
      assert.isFalse(yield* state.learn({ storageUrl: "http://s", serverIp: "" }))
      assert.strictEqual((yield* state.addresses).storageUrl, "http://s")
    }).pipe(Effect.provide(NodeState.layer(identity, {}))),
  )
})
