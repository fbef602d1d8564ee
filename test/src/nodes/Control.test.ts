import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { NodeControl } from "../../../services/NodeControl.ts"
import { layer, NodeEntrance } from "../../../src/nodes/Control.ts"
import { NodeState } from "../../../src/nodes/NodeState.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import { observability } from "../../support/edge.ts"
import { makeTasks } from "../../support/tasksInMemory.ts"

const identity = { id: "node-abc", version: "v1.0.0", os: "linux", arch: "amd64", engine: "node24", cpus: 2 }

const setUp = Effect.gen(function* () {
  const node = Layer.mergeAll(NodeState.layer(identity, {}), makeTasks().layer, observability)
  const all = Layer.merge(layer, node)
  const services = yield* Layer.build(all)
  const within = <A>(effect: Effect.Effect<A, never, Layer.Success<typeof all>>): Effect.Effect<A> =>
    Effect.provideContext(effect, services)
  const actor = yield* within(Effect.flatMap(Actors, ({ register }) => register("node/plugin", "worker")))
  return {
    actor,
    enter: within(Effect.flatMap(NodeEntrance, ({ enter }) => enter)),
    probe: within(
      Effect.flatMap(NodeControl, ({ probe }) => probe('{"server_ip":"10.0.0.1","server_port":80}')),
    ),
    init: within(Effect.flatMap(NodeControl, ({ init }) => init)),
  }
})

describe("what the doors ask of a node", () => {
  it.effect("a probe is answered as the gateway answers it, and waits for a node that is not there yet", () =>
    Effect.gen(function* () {
      const { enter, probe } = yield* setUp
      const asked = yield* Effect.forkChild(probe, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isUndefined(asked.pollUnsafe())
      yield* enter
      const { body, status } = yield* Fiber.join(asked)
      assert.strictEqual(status, 200)
      assert.strictEqual(body["message"], "probe handled successfully")
      assert.deepInclude(JSON.parse(JSON.stringify(body)).data.details.heartbeat_info, {
        server_ip: "10.0.0.1",
        server_port: 80,
      })
    }),
  )

  it.effect("init answers once everything has come up, and again at once", () =>
    Effect.gen(function* () {
      const { actor, enter, init } = yield* setUp
      yield* enter
      const self = yield* actor.begin(() => {})
      const asked = yield* Effect.forkChild(init, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isUndefined(asked.pollUnsafe())
      yield* self.ready
      yield* TestClock.adjust("1 second")
      const up = {
        status: 200,
        body: { success: true, data: { node_id: "node-abc", version: "v1.0.0", state: "running" } },
      }
      assert.deepStrictEqual(yield* Fiber.join(asked), up)
      assert.deepStrictEqual(yield* init, up)
    }),
  )

  it.effect("who asks a node that never comes up hears so within a minute", () =>
    Effect.gen(function* () {
      const { enter, init, probe } = yield* setUp
      const asked = yield* Effect.forkChild(Effect.all([probe, init], { concurrency: 2 }), {
        startImmediately: true,
      })
      yield* TestClock.adjust("61 seconds")
      for (const { body } of yield* Fiber.join(asked)) {
        assert.strictEqual(body["success"], false)
        assert.match(String(body["error"]), /^the node has not started within 60 seconds/)
      }
      yield* enter
      assert.strictEqual((yield* probe).body["success"], true)
    }),
  )
})
