import { Clock, Deferred, Effect } from "effect"
import { type RunReport, TaskRunner } from "../../services/TaskRunner.ts"
import type { Task, TaskCheckpoint } from "../domain/Task.ts"
import type { Self } from "../runtime/Actor.ts"
import * as Signal from "../runtime/supervision/Signal.ts"
import { DueHeap } from "./DueHeap.ts"
import { Lanes, type LaneLimits } from "./Lanes.ts"
import type { Ledger } from "./Ledger.ts"
import { type Ending, makeRuns, type RunsOptions } from "./Runs.ts"
import type { Schedules } from "./Schedule.ts"
import type { TaskMetrics } from "./TaskMetrics.ts"
import { moved } from "./TaskMoves.ts"

export interface SchedulerOptions extends LaneLimits {
  /** `false`: nothing starts because it is due, only because someone asks. */
  readonly timers: boolean
  /** `elsewhere`: whoever does the work tries it again by itself, and what it says is the end. */
  readonly retries?: "elsewhere"
}

export interface SchedulerParts {
  /** Not what others run. */
  readonly mayRun: (task: Task) => boolean
  /** A run has ended by itself, and is not tried again for now. */
  readonly concluded: (task: Task, report: RunReport) => void
  /** A run has come so far. */
  readonly reached: (task: Task, checkpoint: TaskCheckpoint) => void
}

/** However the clock is set, what has become due meanwhile is found within this. */
const longestWait = 1000

/**
 * Decides when tasks run: one timer for all. A moment that was missed, because the process was away or busy, is made up
 * for once. Streams hold no place in the lanes: they would never give it back.
 */
export const makeScheduler = Effect.fnUntraced(function* (
  ledger: Ledger,
  schedules: Schedules,
  metrics: TaskMetrics,
  options: SchedulerOptions & SchedulerParts,
) {
  const runner = yield* TaskRunner
  const signal = yield* Signal.make
  const { rows } = ledger
  const due = new DueHeap()
  const lanes = new Lanes(options)
  const streams = new Set<string>()
  /** When those who wait for their turn were due. */
  const dueAt = new Map<string, number>()
  const waiters = new Map<string, Deferred.Deferred<void>>()

  const answerWaiters = (id: string): void => {
    const waiter = waiters.get(id)
    waiters.delete(id)
    if (waiter !== undefined) Deferred.doneUnsafe(waiter, Effect.void)
  }

  const onEnd: RunsOptions["onEnd"] = (id, lane, settled, final) => {
    if (lane !== undefined) lanes.ended(lane)
    const task = rows.get(id)
    if (task !== undefined) {
      arm(task)
      if (final !== undefined) options.concluded(task, final)
    }
    if (settled) answerWaiters(id)
    signal.notifyUnsafe()
  }

  const runs = yield* makeRuns({
    ledger,
    schedules,
    metrics,
    onEnd,
    reached: options.reached,
    retries: options.retries,
  })

  /** It runs when its row says. */
  const arm = (task: Task): void => {
    const { id } = task.spec
    if (!options.mayRun(task) || task.nextRun === undefined || runs.isActive(id)) return due.forget(id)
    due.set(id, task.nextRun)
    signal.notifyUnsafe()
  }

  const isWaiting = (id: string): boolean => lanes.has(id) || streams.has(id)

  /** It runs in its turn. */
  const queue = (id: string, at: number): void => {
    const task = rows.get(id)
    if (task === undefined || !options.mayRun(task) || runs.isActive(id) || isWaiting(id)) return
    dueAt.set(id, at)
    due.forget(id)
    if (task.spec.schedule.kind === "stream") streams.add(id)
    else lanes.wait(id, runner.sourceOf(task.spec))
    signal.notifyUnsafe()
  }

  const leave = (id: string): void => {
    due.forget(id)
    lanes.leave(id)
    streams.delete(id)
    dueAt.delete(id)
  }

  const begin = Effect.fnUntraced(function* (id: string, lane: string | undefined, now: number) {
    const at = dueAt.get(id) ?? now
    dueAt.delete(id)
    if (yield* runs.begin(id, at, lane)) return
    if (lane !== undefined) lanes.ended(lane)
    answerWaiters(id)
  }, Effect.uninterruptible)

  /** Begins what may begin; milliseconds until there is more to do. */
  const dispatch = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (options.timers) for (const { at, id } of due.take(now)) queue(id, at)
    const next: Array<{ readonly id: string; readonly source?: string }> = [...streams].map((id) => ({ id }))
    streams.clear()
    for (let one = lanes.next(); one !== undefined; one = lanes.next()) next.push(one)
    // All at once: one after the other, each would wait for the start of the one before.
    yield* Effect.forEach(next, ({ id, source }) => begin(id, source, now), {
      concurrency: "unbounded",
      discard: true,
    })
    const at = options.timers ? due.next() : undefined
    if (at === undefined) return Infinity
    return Math.max(1, Math.min(at - (yield* Clock.currentTimeMillis), longestWait))
  })

  /** What the process before this one, or this actor before its restart, was about. */
  const recover = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    for (const task of rows.tasks()) {
      if (task.state !== "running" || runs.isActive(task.spec.id)) {
        if (!isWaiting(task.spec.id)) arm(task)
        continue
      }
      const pending = moved(task, "pending", now, task.origin === "plane" ? {} : { nextRun: now })
      ledger.touch(pending)
      arm(pending)
    }
  })

  return {
    run: (self: Self) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { broken } = yield* runs.open(self)
          yield* recover
          yield* self.ready
          return yield* Effect.raceFirst(Effect.forever(Effect.flatMap(dispatch, signal.wait)), broken)
        }),
      ),
    arm,
    queue,
    /** What is due by then, which no timer starts any more. */
    takeDue: (now: number): ReadonlyArray<string> => due.take(now).map(({ id }) => id),
    isActive: runs.isActive,
    isWaiting,
    /** Its next end, or the word that it will not run. */
    end: (id: string): Effect.Effect<void> => {
      let waiter = waiters.get(id)
      if (waiter === undefined) waiters.set(id, (waiter = Deferred.makeUnsafe<void>()))
      return Deferred.await(waiter)
    },
    /** It waits for nothing any more, and its run, if there is one, has ended when this completes. */
    cancel: (id: string, ending: Ending): Effect.Effect<void> =>
      Effect.suspend(() => {
        leave(id)
        runs.forgetFailures(id)
        return Effect.andThen(
          runs.cancel(id, ending),
          Effect.sync(() => (ending === "over" ? answerWaiters(id) : undefined)),
        )
      }).pipe(Effect.uninterruptible),
  }
})

export type Scheduler = Effect.Success<ReturnType<typeof makeScheduler>>
