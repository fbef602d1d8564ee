import { Effect, Schedule } from "effect"
import type { TaskStoreError } from "../../services/TaskStore.ts"
import type { Self } from "../runtime/Actor.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { supervise } from "../runtime/Supervisor.ts"
import type { Ledger } from "./Ledger.ts"
import type { Scheduler } from "./Scheduler.ts"

export interface TableParts {
  readonly ledger: Ledger
  /** What the store holds is in the table. */
  readonly load: Effect.Effect<void, TaskStoreError>
  readonly scheduler: Scheduler
  /** Once, when the store can be read: what the configuration wants. */
  readonly begin: Effect.Effect<void>
  readonly sweep: Effect.Effect<void, TaskStoreError>
}

/** A store that cannot be used is tried again, for ever: a person has something to do. */
const retry = Schedule.jittered(
  Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("30 seconds")]),
)

const sweepEvery = Schedule.jittered(Schedule.spaced("1 hour"))

/**
 * The table's actors: `store` writes what has happened, also on the way down, after the runs have ended; `scheduler` has
 * the runs below it; `sweeper` takes what has expired.
 */
export const superviseTable = (self: Self, { begin, ledger, load, scheduler, sweep }: TableParts) => {
  const limited = RateLimitedLog.make()

  const insist = <A>(own: Self, effect: Effect.Effect<A, TaskStoreError>): Effect.Effect<A, never> =>
    effect.pipe(
      Effect.tapError((error) =>
        Effect.andThen(
          own.degraded(error.message),
          limited.log("Error", error.reason, () => [`${error.message}. Trying again`]),
        ),
      ),
      Effect.retry(retry),
      Effect.orDie,
    )

  const lastWords = ledger.flush.pipe(
    Effect.catch((error) =>
      Effect.logError(
        `the last states of tasks are not stored: ${error.message}; what they did is done again`,
      ),
    ),
  )

  const store = (own: Self) =>
    own.ready.pipe(
      Effect.andThen(
        Effect.forever(Effect.andThen(ledger.unsaved, Effect.andThen(insist(own, ledger.flush), own.ready))),
      ),
      Effect.onInterrupt(() => lastWords),
    )

  let begun = false
  const schedule = (own: Self) =>
    Effect.gen(function* () {
      yield* insist(own, load)
      if (!begun) yield* begin
      begun = true
      return yield* scheduler.run(own)
    })

  const sweeper = (own: Self) =>
    Effect.andThen(own.ready, Effect.repeat(insist(own, Effect.andThen(sweep, own.ready)), sweepEvery))

  return supervise(self, {}, [
    { id: "store", run: store },
    { id: "scheduler", run: schedule },
    { id: "sweeper", run: sweeper },
  ])
}
