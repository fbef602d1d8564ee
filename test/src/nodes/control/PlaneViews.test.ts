import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makePlane } from "../../../../src/nodes/control/Plane.ts"
import { config, makeNode, memoryStore, seconds, task } from "../../../support/planes.ts"

describe("what the control plane shows", () => {
  it.effect("keeps instances apart whatever their tasks are called", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      yield* plane.plan([
        task("a", ["X", "Y", "X:Y"]),
        task("a:X", ["Z"]),
        task("a:X:Y", ["Z"]),
        task("b", ["Z"]),
        task("b:Z", ["%3A", ":"]),
      ])
      assert.deepStrictEqual((yield* plane.instances).map(({ id }) => id).toSorted(), [
        "a:X",
        "a:X%3AY",
        "a:X:Y:Z",
        "a:X:Z",
        "a:Y",
        "b",
        "b:Z:%253A",
        "b:Z:%3A",
      ])
    }),
  )

  it.effect("says of an instance that waits or runs that it is given, not that it has failed", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      const x = makeNode(plane, "x")
      yield* x.beat
      yield* plane.plan([task("t", ["A"])])
      yield* plane.settle
      const stateAfter = Effect.fnUntraced(function* (status: number) {
        yield* plane.status({ nodeId: "x", taskId: "t", status, result: "" })
        return plane.instance("t")?.state
      })
      const states = yield* Effect.forEach([0, 1, 2, 3, 4, 1, 9], stateAfter)
      assert.deepStrictEqual(states, ["given", "given", "done", "failed", "failed", "given", "failed"])
    }),
  )

  it.effect("says what a node is: online, late, offline", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      yield* makeNode(plane, "x").beat
      const presence = Effect.map(plane.nodes, ([node]) => node?.presence)
      assert.strictEqual(yield* presence, "online")
      yield* seconds(12)
      assert.strictEqual(yield* presence, "late")
      yield* seconds(8)
      assert.strictEqual(yield* presence, "offline")
    }),
  )
})
