import { Duration, Effect, Schedule } from "effect"

export interface BackoffOptions {
  readonly first: Duration.Input
  readonly max: Duration.Input
}

/**
 * `first`, doubling up to `max`, each 0.8 to 1.2 times that at random, so that those who lost the same peer do not all
 * come back at once. It never ends: a limit, or a supervisor, stands above. Begin a new one after a success.
 */
export const reconnect = (options: BackoffOptions): Schedule.Schedule<unknown> =>
  Schedule.min([Schedule.exponential(options.first), Schedule.spaced(options.max)]).pipe(Schedule.jittered)

/** The waits of a schedule, one at a time, in milliseconds; where it ends, its last wait stays. */
export const waits = (schedule: Schedule.Schedule<unknown>) =>
  Effect.map(Schedule.toStep(schedule), (step) => {
    let last = 0
    return (now: number): Effect.Effect<number> =>
      step(now, undefined).pipe(
        Effect.map(([, wait]) => (last = Duration.toMillis(wait))),
        Effect.catchCause(() => Effect.succeed(last)),
      )
  })
