import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

const stepMillis = 50
const turns = 20

/**
 * Lets so many milliseconds pass, in small steps, and lets every fiber do what it has to do after each: one that
 * sleeps several times in a row sleeps on time.
 */
export const advance = (millis: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    let left = millis
    do {
      const step = Math.min(left, stepMillis)
      yield* TestClock.adjust(step)
      for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
      left -= step
    } while (left > 0)
  })

/** The clock, which goes on as it does and leaps when it is told: who sleeps is not woken by that. */
export const leapingClock = Effect.map(Clock.Clock, (clock) => {
  let ahead = 0
  const wall = () => clock.currentTimeMillisUnsafe() + ahead
  const wallNanos = () => clock.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n
  const monotonic = () => clock.monotonicTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n
  const leaping: Clock.Clock = Object.assign(Object.create(clock) as Clock.Clock, {
    currentTimeMillisUnsafe: wall,
    currentTimeMillis: Effect.sync(wall),
    currentTimeNanosUnsafe: wallNanos,
    currentTimeNanos: Effect.sync(wallNanos),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
  })
  return {
    clock: leaping,
    leap: (millis: number) => {
      ahead += millis
    },
  }
})

/** The test's clock, whose time of day can be set back: what is monotonic does not notice. */
export const settableClock = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  let setBack = 0
  const wall = () => clock.currentTimeMillisUnsafe() - setBack
  const wallNanos = () => clock.currentTimeNanosUnsafe() - BigInt(setBack) * 1_000_000n
  const settable: Clock.Clock = {
    ...clock,
    currentTimeMillisUnsafe: wall,
    currentTimeMillis: Effect.sync(wall),
    currentTimeNanosUnsafe: wallNanos,
    currentTimeNanos: Effect.sync(wallNanos),
  }
  return {
    clock: settable,
    setBack: (millis: number) => {
      setBack += millis
    },
  }
})
