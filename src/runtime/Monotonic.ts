import { Clock, Effect } from "effect"

/**
 * Milliseconds of a clock that nobody sets, for how long something takes: only differences mean something. Effect's
 * `currentTimeNanos` is no such clock: it follows the time of day when that is set.
 */
export const monotonicMillisOf = (clock: Clock.Clock): number =>
  Number(clock.monotonicTimeNanosUnsafe()) / 1e6

export const monotonicMillis: Effect.Effect<number> = Effect.map(Clock.Clock, monotonicMillisOf)
