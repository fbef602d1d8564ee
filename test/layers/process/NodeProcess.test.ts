import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as NodeProcess from "../../../layers/process/NodeProcess.ts"
import { ProcessStats } from "../../../services/ProcessStats.ts"

/** Keeps the event loop from turning. */
const block = (millis: number) =>
  Effect.sync(() => {
    const end = performance.now() + millis
    while (performance.now() < end);
  })

/** Lets the event loop turn for so long, whatever the clock of the test says. */
const turn = (millis: number) =>
  Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, millis)))

describe("the figures of the process", () => {
  it.effect("are those of this process", () =>
    Effect.gen(function* () {
      const { read } = yield* ProcessStats
      const before = yield* read
      yield* block(50)
      const after = yield* read
      assert.isAtLeast(after.cpuSeconds, before.cpuSeconds)
      assert.isAtLeast(after.uptimeSeconds, before.uptimeSeconds + 0.05)
      assert.isAbove(after.residentBytes, after.heapBytes)
      assert.isAbove(after.heapBytes, 1_000_000)
      assert.isAtMost(after.eventLoopUtilization, 1)
    }).pipe(Effect.provide(NodeProcess.layer)),
  )

  it.effect("show an event loop that was held up, until the window is over", () =>
    Effect.gen(function* () {
      const { read } = yield* ProcessStats
      yield* turn(60)
      yield* block(200)
      yield* turn(60)
      assert.isAtLeast((yield* read).eventLoopDelay.max, 0.15)
      yield* TestClock.adjust("5 seconds")
      assert.isAtLeast((yield* read).eventLoopDelay.max, 0.15)
      assert.strictEqual((yield* read).eventLoopDelay.max, 0)
    }).pipe(Effect.provide(NodeProcess.layer)),
  )
})
