import { Result } from "effect"
import { type Cron, parseCron } from "../domain/cron/Cron.ts"
import { nextFire } from "../domain/cron/CronNext.ts"
import type { TimeZone } from "../domain/cron/TimeZone.ts"
import { isInterval, nextDue } from "../domain/Interval.ts"
import type { TaskSpec } from "../domain/Task.ts"

/** Why a schedule or a window cannot be kept; `undefined` where it can. */
export const scheduleProblem = ({ schedule, window }: TaskSpec): string | undefined => {
  if (window.start !== undefined && window.end !== undefined && window.start >= window.end)
    return `end_time ${new Date(window.end).toISOString()} is not after start_time ${new Date(window.start).toISOString()}`
  if (schedule.kind === "cron") {
    const parsed = parseCron(schedule.expression)
    return Result.isFailure(parsed) ? `frequency: ${parsed.failure.message}` : undefined
  }
  if (schedule.kind !== "interval") return undefined
  return isInterval(schedule.interval) && nextDue(schedule.interval, 0) !== undefined
    ? undefined
    : `frequency: "${schedule.interval}" is never due: expected a number and m, h, d, w or M, such as 5m or 1h`
}

export interface Schedules {
  /** When a task that is new, changed or started again first runs; `undefined`: never. */
  readonly first: (spec: TaskSpec, now: number) => number | undefined
  /** When it runs again after a run that began then; `undefined`: that was the last. */
  readonly after: (spec: TaskSpec, began: number, now: number) => number | undefined
}

/** Parsed expressions that are remembered. */
const remembered = 2000

/** When tasks run. Cron expressions are in the node's time zone, intervals in UTC. */
export const makeSchedules = (zone: TimeZone): Schedules => {
  const crons = new Map<string, Cron | undefined>()

  const cronOf = (expression: string): Cron | undefined => {
    if (crons.has(expression)) return crons.get(expression)
    if (crons.size >= remembered) crons.clear()
    const cron = Result.getOrUndefined(parseCron(expression))
    crons.set(expression, cron)
    return cron
  }

  /** The next time by the schedule alone. */
  const next = ({ schedule }: TaskSpec, after: number): number | undefined => {
    if (schedule.kind === "interval") return nextDue(schedule.interval, after)
    if (schedule.kind !== "cron") return undefined
    const cron = cronOf(schedule.expression)
    return cron === undefined ? undefined : nextFire(cron, after, zone)
  }

  return {
    first: (spec, now) => {
      const { end, start = now } = spec.window
      const from = Math.max(now, start)
      // What is over can be had at once; so can what has been until now, which an interval then goes on from.
      if (spec.schedule.kind !== "cron" || (end !== undefined && end <= now)) return from
      const at = next(spec, from)
      return end === undefined ? at : Math.min(at ?? end, end)
    },
    after: (spec, began, now) => {
      const { end } = spec.window
      if (spec.schedule.kind === "once" || spec.schedule.kind === "stream") return undefined
      if (end !== undefined && began >= end) return undefined
      const at = next(spec, now)
      // The last run gets what there is until the end.
      return end === undefined ? at : Math.min(at ?? end, end)
    },
  }
}
