import { Cause, Clock, Deferred, Effect, Exit } from "effect"
import { type RunReport, type TaskRun, TaskRunner } from "../../services/TaskRunner.ts"
import { TaskStore, type TaskStoreError } from "../../services/TaskStore.ts"
import type { Task, TaskCheckpoint } from "../domain/Task.ts"
import { tracedAs } from "../domain/TaskInstance.ts"
import type { Self } from "../runtime/Actor.ts"
import { type DynamicSupervisor, makeDynamic } from "../runtime/DynamicSupervisor.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import type { Ledger } from "./Ledger.ts"
import { jittered, policyOf, presets } from "./RetryPolicy.ts"
import { type ActiveRun, afterRun, reportOf, shortened, statisticsWith } from "./RunEnd.ts"
import type { Schedules } from "./Schedule.ts"
import type { TaskMetrics } from "./TaskMetrics.ts"
import { moved, movedBy } from "./TaskMoves.ts"

/** `again`: what is left is done by the next run. `over`: whoever ends it says what becomes of the task. */
export type Ending = "again" | "over"

interface Run extends ActiveRun {
  readonly child: string
  /** The lane that it holds a place in. */
  readonly lane: string | undefined
  /** Somebody ends it: the task goes on by a later run, or not. */
  ending: Ending | undefined
  readonly ended: Deferred.Deferred<void>
}

/** A run that is asked to stop ends at its last checkpoint. */
const runDeadline = "10 seconds"

/** A stream that worked this long has not failed in a row with what was before. */
const workedMillis = 60_000

export interface RunsOptions {
  readonly retries: "elsewhere" | undefined
  readonly ledger: Ledger
  readonly schedules: Schedules
  readonly metrics: TaskMetrics
  /** A run's place is stored. */
  readonly reached: (task: Task, checkpoint: TaskCheckpoint) => void
  /**
   * A run is over and its task is in its next state. `settled`: for those who wait for it. `final`: what became of it,
   * where it ended by itself and is not tried again.
   */
  readonly onEnd: (id: string, lane: string | undefined, settled: boolean, final?: RunReport) => void
}

/** The runs that go on, each an actor of its own below the scheduler, and what becomes of their tasks. */
export const makeRuns = Effect.fnUntraced(function* ({
  ledger,
  metrics,
  onEnd,
  reached,
  retries,
  schedules,
}: RunsOptions) {
  const runner = yield* TaskRunner
  const store = yield* TaskStore
  const limited = RateLimitedLog.make()
  const { rows } = ledger
  const active = new Map<string, Run>()
  /** Runs in a row that did not complete. */
  const failures = new Map<string, number>()
  let supervisor: DynamicSupervisor<never> | undefined
  let number = 0

  const say = (
    { lastError, spec, state }: Task,
    records: number,
    retryIn: number | undefined,
  ): Effect.Effect<void> =>
    lastError === undefined
      ? Effect.logDebug(`task ${spec.id}: a run has completed`, { records })
      : limited.log("Warn", spec.id, () => [
          `task ${spec.id}: ${lastError}${retryIn === undefined ? "" : `; tried again in ${retryIn} ms`}`,
          { state },
        ])

  const concluded = Effect.fnUntraced(function* (task: Task, run: Run, report: RunReport, now: number) {
    const { id, schedule } = task.spec
    const anew = schedule.kind === "stream" && now - run.began > workedMillis
    const failed = report.outcome === "completed" ? 0 : 1 + (anew ? 0 : (failures.get(id) ?? 0))
    const policy =
      retries === "elsewhere" || report.triedOut === true ? presets.never : policyOf(task.spec.params)
    const end = afterRun(task, run, report, now, failed, policy, schedules)
    const retryIn = end.retryIn === undefined ? undefined : yield* jittered(end.retryIn)
    if (retryIn === undefined) failures.delete(id)
    else {
      failures.set(id, failed)
      metrics.retried()
    }
    const nextRun =
      retryIn === undefined ? end.task.nextRun : Math.min(now + retryIn, end.task.nextRun ?? Infinity)
    const ended: Task = nextRun === undefined ? end.task : { ...end.task, nextRun }
    metrics.runEnded(report.outcome, run.began, now)
    metrics.result(tracedAs(task), report.outcome)
    ledger.touch(ended)
    yield* say(ended, report.records, retryIn)
    if (ended.state !== "completed") return
    yield* store
      .removeCheckpoint(id)
      .pipe(Effect.catch((error) => limited.log("Error", "checkpoint", () => [error.message])))
  })

  /** It goes on from its checkpoint, as soon as there is someone to run it. */
  const interrupted = (task: Task, run: Run, now: number): void => {
    metrics.runEnded("interrupted", run.began, now)
    const statistics = statisticsWith(run, run, now)
    ledger.touch(moved(task, "pending", now, { nextRun: now, statistics }))
  }

  const over = Effect.fnUntraced(function* (id: string, run: Run, exit: Exit.Exit<RunReport>) {
    const now = yield* Clock.currentTimeMillis
    active.delete(id)
    const task = rows.get(id)
    const cut = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
    let final: RunReport | undefined
    if (task !== undefined && run.ending !== "over") {
      if (cut) interrupted(task, run, now)
      else {
        if (Exit.isFailure(exit)) yield* Effect.logError(`task ${id}: its run has broken off`, exit.cause)
        const report = reportOf(exit, run)
        yield* concluded(task, run, report, now)
        if (!failures.has(id)) final = report
      }
    }
    Deferred.doneUnsafe(run.ended, Effect.void)
    onEnd(id, run.lane, !cut || run.ending === "over", final)
  })

  const work = (task: Task, run: Run): Effect.Effect<RunReport> => {
    const { id, schedule, window } = task.spec
    const progress: TaskRun["progress"] = ({ records, requests }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        run.records = records
        run.requests = requests
        const current = rows.get(id)
        if (current === undefined || active.get(id) !== run) return
        const statistics = statisticsWith(run, run, now)
        rows.set({ ...current, statistics })
      })
    const trouble = (error: string | undefined) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const current = rows.get(id)
        const lastError = error === undefined ? undefined : shortened(error)
        if (current === undefined || active.get(id) !== run || current.lastError === lastError) return
        ledger.touch(moved(current, current.state, now, { lastError }))
      })
    const saveCheckpoint = (checkpoint: TaskCheckpoint) =>
      Effect.tap(store.saveCheckpoint(checkpoint), () => Effect.sync(() => reached(task, checkpoint)))
    const running = Effect.flatMap(store.checkpoint(id), (checkpoint) =>
      runner.run({ task, startedAt: run.began, checkpoint, saveCheckpoint, progress, trouble }),
    ).pipe(
      Effect.catch((error: TaskStoreError) =>
        Effect.succeed<RunReport>({ outcome: "failed", records: 0, requests: 0, error: error.message }),
      ),
    )
    if (schedule.kind !== "stream" || window.end === undefined) return running
    return Effect.timeoutOrElse(running, {
      duration: Math.max(0, window.end - run.began),
      orElse: () =>
        Effect.succeed<RunReport>({ outcome: "completed", records: run.records, requests: run.requests }),
    })
  }

  /** `false`: it may not run, or runs already. */
  const begin = Effect.fnUntraced(function* (id: string, dueAt: number, lane: string | undefined) {
    const now = yield* Clock.currentTimeMillis
    const task = rows.get(id)
    if (task === undefined || task.state === "stopped" || active.has(id) || supervisor === undefined)
      return false
    const running = movedBy(task, "running", now, { nextRun: undefined })
    const run: Run = {
      began: now,
      before: task.statistics,
      records: 0,
      requests: 0,
      child: `${encodeURIComponent(id.toWellFormed())}@${++number}`,
      lane,
      ending: undefined,
      ended: Deferred.makeUnsafe<void>(),
    }
    active.set(id, run)
    ledger.touch(running)
    metrics.began(dueAt, now)
    const life = (self: Self) =>
      Effect.andThen(self.ready, work(running, run)).pipe(
        Effect.onExit((exit) => over(id, run, exit)),
        Effect.annotateLogs("task", tracedAs(running)),
      )
    const child = { id: run.child, restart: "temporary", shutdown: runDeadline, run: life } as const
    // Nobody but this knows then that there is nothing to wait for.
    if ((yield* supervisor.start(child)) === "overtaken") yield* over(id, run, Exit.interrupt())
    return true
  })

  return {
    begin,
    isActive: (id: string): boolean => active.has(id),
    forgetFailures: (id: string): void => void failures.delete(id),
    /** The run of a task has ended when this completes. */
    cancel: Effect.fnUntraced(function* (id: string, ending: Ending) {
      const run = active.get(id)
      if (run === undefined || supervisor === undefined) return
      run.ending = ending
      yield* supervisor.stop(run.child)
      yield* Deferred.await(run.ended)
    }),
    /** Runs can begin in this scope; fails when too many of them broke their supervisor. */
    open: Effect.fnUntraced(function* (self: Self) {
      const made = yield* makeDynamic<never>(self, {})
      // Those that never began, since the scope had closed; the others have ended by themselves.
      for (const [id, { ended, lane }] of active) {
        active.delete(id)
        Deferred.doneUnsafe(ended, Effect.void)
        onEnd(id, lane, false)
      }
      supervisor = made
      yield* Effect.addFinalizer(() => Effect.sync(() => (supervisor = undefined)))
      return { broken: made.await }
    }),
  }
})
