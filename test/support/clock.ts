import { Effect } from "effect"
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
