import { Clock, Effect } from "effect"

/** Milliseconds of a clock that nobody sets, for how long something takes: only differences mean something. */
export const monotonicMillisOf = (clock: Clock.Clock): number => Number(clock.currentTimeNanosUnsafe()) / 1e6

export const monotonicMillis: Effect.Effect<number> = Effect.map(Clock.Clock, monotonicMillisOf)
