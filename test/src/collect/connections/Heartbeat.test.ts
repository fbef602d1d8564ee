import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Socket } from "../../../../services/Connector.ts"
import { heartbeat } from "../../../../src/collect/connections/Heartbeat.ts"
import { monotonicMillisOf } from "../../../../src/runtime/Monotonic.ts"

describe("the heartbeat", () => {
  it.effect(
    "finds a silent peer within twice the interval, though the machine's clock is set meanwhile",
    () =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        let setBy = 0
        const wall = () => clock.currentTimeMillisUnsafe() + setBy
        const settable: Clock.Clock = {
          ...clock,
          currentTimeMillisUnsafe: wall,
          currentTimeMillis: Effect.sync(wall),
        }
        const lastActivity = monotonicMillisOf(settable)
        const socket: Socket = {
          send: () => Effect.void,
          ping: Effect.void,
          closed: Effect.never,
          stats: () => ({
            frames: 0,
            bytes: 0,
            pauses: 0,
            pausedMillis: 0,
            paused: false,
            lastActivity,
          }),
        }
        for (const by of [-86_400_000, 3_600_000]) {
          setBy = 0
          const found = yield* Effect.forkChild(
            heartbeat(socket, "ws://nobody", 10_000).pipe(Effect.provideService(Clock.Clock, settable)),
            { startImmediately: true },
          )
          setBy = by
          yield* TestClock.adjust("20 seconds")
          assert.match((yield* Effect.flip(Fiber.join(found))).detail, /the peer is gone/)
        }
      }),
  )
})
