import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Socket } from "../../../../services/Connector.ts"
import { heartbeat } from "../../../../src/collect/connections/Heartbeat.ts"
import { monotonicMillisOf } from "../../../../src/runtime/Monotonic.ts"
import { untilTrue } from "../../../support/process.ts"

/** A socket that heard from its peer when `heard` says. */
const socketOf = (heard: () => number, ping: Effect.Effect<void> = Effect.void): Socket => ({
  send: () => Effect.void,
  ping,
  closed: Effect.never,
  stats: () => ({
    frames: 0,
    bytes: 0,
    pauses: 0,
    pausedMillis: 0,
    paused: false,
    lastActivity: heard(),
  }),
})

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
        const socket = socketOf(() => lastActivity)
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

  it.live("takes no peer for gone whose answer came while the process was held up itself", () =>
    Effect.gen(function* () {
      const interval = 200
      const clock = yield* Clock.Clock
      let heard = monotonicMillisOf(clock)
      let pings = 0
      const hear = () => (heard = monotonicMillisOf(clock))
      // After the first ping nothing is read until the time for its answer is over; the answer lies there.
      const held = () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1.5 * interval)
        setImmediate(hear)
      }
      const ping = Effect.sync(() => void setImmediate(pings++ === 0 ? held : hear))
      const beating = yield* Effect.forkScoped(
        heartbeat(
          socketOf(() => heard, ping),
          "ws://somebody",
          interval,
        ),
      )
      yield* untilTrue("it goes on to ping", () => pings >= 3 || beating.pollUnsafe() !== undefined)
      assert.isUndefined(beating.pollUnsafe())
    }).pipe(Effect.scoped),
  )
})
