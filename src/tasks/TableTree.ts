import { Effect, Schedule, Stream } from "effect"
import type { TaskStoreError } from "../../services/TaskStore.ts"
import type { TaskSpec } from "../domain/Task.ts"
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
  /** What the configuration wants: once the store can be read, and as it becomes while they work. */
  readonly file: ReadonlyArray<TaskSpec>
  readonly fileEdits?: Stream.Stream<ReadonlyArray<TaskSpec>>
  readonly replace: (file: ReadonlyArray<TaskSpec>) => Effect.Effect<void>
  readonly sweep: Effect.Effect<void, TaskStoreError>
}

/** A store that cannot be used is tried again, for ever: a person has something to do. */
const retry = Schedule.jittered(
  Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("30 seconds")]),
)

const sweepEvery = Schedule.jittered(Schedule.spaced("1 hour"))

/**
 * The table's actors: `store` writes what has happened, also on the way down, after the runs have ended; `scheduler` has
 * the runs below it; `sweeper` takes what has expired; `list` follows the configuration's list.
 */
export const superviseTable = (self: Self, parts: TableParts) => {
  const { fileEdits, ledger, load, replace, scheduler, sweep } = parts
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

  let { file } = parts
  let begun = false
  const schedule = (own: Self) =>
    Effect.gen(function* () {
      yield* insist(own, load)
      // An edit that comes while the list is taken over is taken over after it.
      for (let taken: TableParts["file"] | undefined; !begun && taken !== file;)
        yield* replace((taken = file))
      begun = true
      return yield* scheduler.run(own)
    })

  const edited = (own: Self, edits: NonNullable<typeof fileEdits>) =>
    Effect.andThen(
      own.ready,
      Stream.runForEach(edits, (next) => {
        file = next
        return begun ? replace(next) : Effect.void
      }),
    )

  const sweeper = (own: Self) =>
    Effect.andThen(own.ready, Effect.repeat(insist(own, Effect.andThen(sweep, own.ready)), sweepEvery))

  return supervise(self, {}, [
    { id: "store", run: store },
    { id: "scheduler", run: schedule },
    { id: "sweeper", run: sweeper },
    ...(fileEdits === undefined
      ? []
      : [{ id: "list", restart: "transient" as const, run: (own: Self) => edited(own, fileEdits) }]),
  ])
}
