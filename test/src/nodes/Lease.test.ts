import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { TestClock } from "effect/testing"
import { Tasks } from "../../../services/Tasks.ts"
import { memoryTable } from "../../support/taskTable.ts"
import { Lease, leased } from "../../../src/nodes/Lease.ts"
import { monotonicMillis } from "../../../src/runtime/Monotonic.ts"

const instance = {
  id: 1,
  task_id: "t",
  rule_id: "",
  planned_exec_node: "",
  task_params: "",
  invalid: 0,
}

const counted = Effect.flatMap(Tasks, ({ instances }) => Effect.map(instances, ({ length }) => length))

const given = Effect.gen(function* () {
  const lease = yield* Lease
  yield* Effect.flatMap(Tasks, ({ replacePlane }) => replacePlane([instance]))
  return {
    ...lease,
    renewNow: (seconds: number) => Effect.flatMap(monotonicMillis, (now) => lease.renew(now, seconds)),
  }
})

const layer: Layer.Layer<Tasks | Lease> = leased(memoryTable)

describe("a lease", () => {
  it.effect(
    "lets the list go when the control plane has not answered in time, and takes it back with an answer",
    () =>
      Effect.gen(function* () {
        const { renewNow, watch } = yield* given
        yield* Effect.forkChild(watch)
        yield* renewNow(15)
        yield* TestClock.adjust("14 seconds")
        assert.strictEqual(yield* counted, 1)
        yield* renewNow(15)
        yield* TestClock.adjust("14 seconds")
        assert.strictEqual(yield* counted, 1)
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* counted, 0)
        yield* renewNow(15)
        // It was let go: what there is now comes with the answer.
        assert.strictEqual(yield* counted, 0)
        yield* Effect.flatMap(Tasks, ({ replacePlane }) => replacePlane([instance]))
        assert.strictEqual(yield* counted, 1)
      }).pipe(Effect.provide(layer)),
  )

  it.effect("counts from when the answer was asked for, and holds nothing back when timers are late", () =>
    Effect.gen(function* () {
      const { renew } = yield* given
      const askedAt = yield* monotonicMillis
      yield* TestClock.adjust("10 seconds")
      yield* renew(askedAt, 15)
      assert.strictEqual(yield* counted, 1)
      // Nobody watches, as in a process that stood still.
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual(yield* counted, 0)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("is for ever where the control plane says nothing of it", () =>
    Effect.gen(function* () {
      const { renewNow, watch } = yield* given
      yield* Effect.forkChild(watch)
      yield* renewNow(0)
      yield* TestClock.adjust("30 days")
      assert.strictEqual(yield* counted, 1)
    }).pipe(Effect.provide(layer)),
  )
})
