import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { ControlConfig } from "../../../../services/ControlConfig.ts"
import { TaskRunner } from "../../../../services/TaskRunner.ts"
import * as FleetRunner from "../../../../src/nodes/control/FleetRunner.ts"
import { FleetPlane } from "../../../../src/nodes/control/FleetPlane.ts"
import { makePlane } from "../../../../src/nodes/control/Plane.ts"
import { readReport } from "../../../../src/nodes/control/Wire.ts"
import { settle } from "../../../support/taskTable.ts"
import { noon, specOf, taskOf } from "../../../support/tasks.ts"

const config = Schema.decodeUnknownSync(ControlConfig)({})

/** A plane without a disk, and the runner of its tasks. */
const start = Effect.gen(function* () {
  yield* TestClock.setTime(noon)
  const plane = yield* makePlane(config, { load: Effect.succeed([]), save: () => Effect.void })
  const layer = FleetRunner.layer.pipe(Layer.provide(Layer.succeed(FleetPlane, plane)))
  const runner = yield* Effect.provideContext(TaskRunner, yield* Layer.build(layer))
  const troubles: Array<string | undefined> = []
  return {
    plane,
    troubles,
    beat: (id: string, more: object = {}) =>
      plane.heartbeat(readReport({ node_id: id, capabilities: ["kline"], ...more })!),
    says: (taskId: string, status: number, result = "") =>
      Effect.andThen(plane.status({ nodeId: "n1", taskId, status, result }), settle),
    settle: Effect.andThen(plane.settle, settle),
    run: (task: ReturnType<typeof taskOf>) =>
      Effect.andThen(
        plane.plan([task]),
        Effect.forkChild(
          runner.run({
            task,
            startedAt: noon,
            checkpoint: undefined,
            saveCheckpoint: () => Effect.void,
            progress: () => Effect.void,
            trouble: (error) => Effect.sync(() => void troubles.push(error)),
          }),
          { startImmediately: true },
        ),
      ),
    refusal: (source: string) =>
      runner.check(specOf("t", { source })).pipe(
        Effect.as(undefined),
        Effect.catch(({ detail }) => Effect.succeed(detail)),
      ),
  }
})

const once = { schedule: { kind: "once" as const }, symbols: ["A", "B"] }

describe("a task of the control plane", () => {
  it.effect("that nobody can run says why, until somebody has it", () =>
    Effect.gen(function* () {
      const { beat, run, settle, troubles } = yield* start
      yield* run(taskOf("t", {}, { source: "my-feed", symbols: ["A"] }))
      yield* settle
      yield* beat("n1", { sources: ["binance"] })
      yield* settle
      yield* settle
      yield* beat("n2")
      yield* settle
      assert.deepStrictEqual(troubles, [
        "it waits: no node has reported here yet",
        "it waits: no node that is online (n1) can collect kline from my-feed: see their capabilities and sources",
        undefined,
      ])
    }).pipe(Effect.scoped),
  )

  it.effect("ends when all of it has ended: what waits or runs has not", () =>
    Effect.gen(function* () {
      const { beat, run, says, settle, troubles } = yield* start
      yield* beat("n1")
      const running = yield* run(taskOf("t", {}, once))
      yield* settle
      yield* says("t:A", 1)
      yield* says("t:B", 0)
      yield* says("t:A", 2)
      yield* says("t:B", 1)
      assert.isUndefined(running.pollUnsafe())
      yield* says("t:B", 9, "odd")
      const exit = running.pollUnsafe()
      assert.deepStrictEqual(exit?._tag === "Success" ? exit.value : exit, {
        outcome: "partial",
        records: 0,
        requests: 0,
        error: "t:B on n1: status 9, which is none: odd",
      })
      assert.isTrue(troubles.every((trouble) => trouble === undefined))
    }).pipe(Effect.scoped),
  )
})

describe("a source that is no venue's", () => {
  it.effect("is refused with the nearest name, unless a plugin may know it", () =>
    Effect.gen(function* () {
      const { beat, refusal } = yield* start
      assert.isUndefined(yield* refusal("binance"))
      // Nobody was heard: a node with a plugin may come, but this is a slip.
      assert.isUndefined(yield* refusal("my-feed"))
      assert.match((yield* refusal("binanse")) ?? "", /^"binanse" is no source; did you mean "binance"\?/)
      yield* beat("own", { sources: ["binance", "okx"] })
      assert.match((yield* refusal("my-feed")) ?? "", /^"my-feed" is no source: there are .*\bokx\b/)
      yield* beat("theirs")
      assert.isUndefined(yield* refusal("my-feed"))
      assert.isUndefined(yield* refusal("binanse"))
    }).pipe(Effect.scoped),
  )
})
