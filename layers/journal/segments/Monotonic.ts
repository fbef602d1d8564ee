import { Clock, Effect } from "effect"

/** Milliseconds of a clock that nobody sets: only differences mean something. */
export const monotonicMillis: Effect.Effect<number> = Effect.map(
  Clock.currentTimeNanos,
  (nanos) => Number(nanos) / 1e6,
)
