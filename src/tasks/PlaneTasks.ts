import { Clock, Effect, Semaphore } from "effect"
import type { TaskRunner } from "../../services/TaskRunner.ts"
import type { Tasks } from "../../services/Tasks.ts"
import type { TaskStore, TaskStoreError } from "../../services/TaskStore.ts"
import type { TimeZone } from "../domain/cron/TimeZone.ts"
import type { Task } from "../domain/Task.ts"
import type { TaskInstance } from "../domain/TaskInstance.ts"
import { checked } from "./Checks.ts"
import type { Ledger } from "./Ledger.ts"
import { makePlaneRows, type PlaneRunner } from "./PlaneRows.ts"
import { specForPlugin, specsToRun } from "./PlaneSpecs.ts"
import { makePlaneWork } from "./PlaneWork.ts"
import type { Schedules } from "./Schedule.ts"
import type { Scheduler, SchedulerParts } from "./Scheduler.ts"
import type { TaskMetrics } from "./TaskMetrics.ts"

/** What becomes of the control plane's list. */
export interface PlaneOptions {
  /** Whether they are run here, as all others are; else they are for a plugin, which triggers call. */
  readonly runs: boolean
  /** Whether rows that the store has are to be run before the control plane has said so again. */
  readonly heldAtStart: boolean
}

interface PlaneParts {
  readonly ledger: Ledger
  readonly store: TaskStore["Service"]
  readonly runner: TaskRunner["Service"]
  readonly schedules: Schedules
  readonly zone: TimeZone
  readonly metrics: TaskMetrics
}

type PlaneService = Pick<
  Tasks["Service"],
  "replacePlane" | "releasePlane" | "planeResults" | "planeCheckpoints" | "instances" | "report"
>

/** How rows are run here that the control plane gave. */
const runHere = ({ ledger, runner, schedules, store, zone }: PlaneParts) => ({
  specs: (instance: TaskInstance, now: number) => specsToRun(instance, { now, zone }),
  admit: ((spec, now) =>
    checked(spec, runner, schedules, now).pipe(
      Effect.map(() => ({ nextRun: schedules.first(spec, now)! })),
      Effect.catch(({ detail }) => Effect.succeed({ problem: detail })),
    )) satisfies PlaneRunner["admit"],
  // A checkpoint is kept with its row.
  goOn: ((checkpoint) =>
    Effect.andThen(ledger.flush, store.saveCheckpoint(checkpoint)).pipe(
      Effect.catch((error) =>
        Effect.logWarning(
          `task ${checkpoint.taskId} begins anew here: where another node had come to could not be kept: ${error.message}`,
        ),
      ),
    )) satisfies PlaneRunner["goOn"],
})

/** The control plane's part of the task table: what the scheduler asks of it, and what comes of it once there is one. */
export const makePlaneTasks = Effect.fnUntraced(function* (parts: PlaneParts, options: PlaneOptions) {
  const { ledger } = parts
  const work = makePlaneWork()
  const listing = yield* Semaphore.make(1)
  let isHeld: (id: string) => boolean = () => false

  const mayRun = ({ origin, spec }: Task): boolean => origin !== "plane" || (options.runs && isHeld(spec.id))

  const attach = (scheduler: Scheduler, load: Effect.Effect<void, TaskStoreError>) => {
    const rows = makePlaneRows(
      ledger,
      {
        cancel: scheduler.cancel,
        arm: scheduler.arm,
        refused: work.refused,
        forget: work.forget,
        reported: parts.metrics.result,
        ...(options.runs ? runHere(parts) : { specs: (instance) => [specForPlugin(instance)] }),
      },
      options,
    )
    isHeld = rows.isHeld
    /** The newest list, while the store's older one has not been read. */
    let ahead: ReadonlyArray<TaskInstance> | undefined
    let loaded = false

    /** One change at a time, and whole. */
    const relisted = (change: Effect.Effect<boolean>): Effect.Effect<boolean, TaskStoreError> =>
      Effect.gen(function* () {
        // A node lives by its list, also while its store cannot be read.
        yield* Effect.ignore(load)
        const changed = yield* change
        if (changed) yield* ledger.flush
        return changed
      }).pipe(Semaphore.withPermits(listing, 1), Effect.uninterruptible)

    const replaced = (instances: ReadonlyArray<TaskInstance>) =>
      Effect.suspend(() => {
        if (!loaded) ahead = instances
        return rows.replace(instances)
      })

    const service: PlaneService = {
      replacePlane: Effect.fn("Tasks.replacePlane")((instances) => relisted(replaced(instances))),
      releasePlane: Effect.asVoid(relisted(options.runs ? Effect.as(rows.release, true) : replaced([]))),
      planeResults: work.results,
      planeCheckpoints: (most) => Effect.sync(() => work.checkpoints(most)),
      instances: Effect.sync(rows.instances),
      report: Effect.fn("Tasks.report")(function* (taskId, status, result) {
        rows.report(taskId, status, result, yield* Clock.currentTimeMillis)
        yield* ledger.flush
      }),
    }
    return {
      service,
      /** Rows have come from the store. */
      onLoaded: Effect.suspend(() => {
        loaded = true
        rows.refresh()
        return ahead === undefined ? Effect.void : Effect.asVoid(rows.replace(ahead))
      }),
    }
  }

  const forScheduler: SchedulerParts = { mayRun, concluded: work.concluded, reached: work.reached }
  return { forScheduler, mayRun, attach }
})
