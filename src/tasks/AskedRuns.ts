import { Clock, Effect } from "effect"
import type { Task } from "../domain/Task.ts"
import { type Refusable, refused, unknown } from "./Checks.ts"
import type { Ledger } from "./Ledger.ts"
import type { Scheduler } from "./Scheduler.ts"

export interface AskedRunsParts extends Pick<Ledger, "flush" | "rows" | "load"> {
  readonly scheduler: Scheduler
  /** The row of a task that doors may change. */
  readonly own: (id: string) => Refusable<Task>
  /** Not what others run. */
  readonly mayRun: (task: Task) => boolean
  readonly start: (id: string) => Refusable<Task>
}

/** Runs that somebody asks for, and waits for: of one task, or of all that are due. */
export const makeAskedRuns = ({ flush, load, mayRun, own, rows, scheduler, start }: AskedRunsParts) => {
  /** Its row, where it is one that runs here. */
  const runnable = (id: string): Refusable<Task> =>
    Effect.suspend(() => {
      const task = rows.get(id)
      return task?.origin === "plane" && mayRun(task) && task.state !== "stopped"
        ? Effect.succeed(task)
        : own(id)
    })

  const runNow = Effect.fnUntraced(function* (id: string) {
    yield* load
    const task = yield* runnable(id)
    if (task.spec.schedule.kind === "stream")
      return yield* refused("unsupported", id, `task "${id}" is a stream: it runs until it is stopped`)
    if (task.state === "stopped") yield* start(id)
    const now = yield* Clock.currentTimeMillis
    const ended = scheduler.end(id)
    scheduler.queue(id, now)
    yield* ended
    yield* flush
    return rows.get(id) ?? (yield* unknown(id))
  })

  const isDue = (id: string, now: number): boolean => {
    const task = rows.get(id)
    return (
      task !== undefined &&
      task.state !== "stopped" &&
      task.spec.schedule.kind !== "stream" &&
      task.nextRun !== undefined &&
      task.nextRun <= now
    )
  }

  const runDue = Effect.fnUntraced(function* (untilMillis: number, only?: string) {
    yield* load
    const now = yield* Clock.currentTimeMillis
    const ids =
      only === undefined
        ? scheduler.takeDue(now).filter((id) => rows.has(id))
        : isDue(only, now)
          ? [only]
          : []
    const ends = ids.map(scheduler.end)
    for (const id of ids) scheduler.queue(id, now)
    const all = Effect.all(ends, { concurrency: "unbounded", discard: true })
    const left = yield* Effect.timeoutOption(all, Math.max(0, untilMillis - now))
    // Out of time: what is left goes on from its checkpoint when someone asks again.
    if (left._tag === "None")
      for (const id of ids) {
        yield* scheduler.cancel(id, "again")
        const task = rows.get(id)
        if (task !== undefined) scheduler.arm(task)
      }
    yield* flush
    return ids.flatMap((id) => rows.get(id) ?? [])
  })

  return { runNow, runDue }
}
