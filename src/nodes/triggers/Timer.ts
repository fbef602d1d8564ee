import { Clock, Effect } from "effect"
import { Tasks } from "../../../services/Tasks.ts"
import { type Cron, type CronGranularity, granularityOf } from "../../domain/cron/Cron.ts"
import { nextFire } from "../../domain/cron/CronNext.ts"
import type { TimeZone } from "../../domain/cron/TimeZone.ts"
import { due } from "../../domain/Interval.ts"
import type { TaskInstance } from "../../domain/TaskInstance.ts"
import type { TriggerEvent } from "../../domain/TriggerEvent.ts"
import type { Self } from "../../runtime/Actor.ts"
import type { Dispatch } from "../Dispatch.ts"
import { paramsOf } from "../PluginRows.ts"
import { finishing, type Trigger } from "./Trigger.ts"

export interface TimerSettings {
  readonly name: string
  readonly cron: Cron
  readonly zone: TimeZone
  /** Fires as soon as it starts, too. */
  readonly startAtOnce: boolean
}

/** A sleep is cut short by this, so that a clock that is set, or a machine that slept, is seen. */
const longestSleep = 30_000

/** Of a clock that was set back by more than this, the window begins anew. */
const setBack = 60_000

/** Firings of one window that are looked at: enough for ten minutes of every second. */
const mostFirings = 600

/** So far back they are looked for first. */
const shortWindow = 10 * 60_000

/** Go's way to write whole seconds in UTC. */
const rfc3339 = (millis: number): string => new Date(millis).toISOString().replace(/\.000Z$/, "Z")

const firingsFrom = ({ cron, zone }: TimerSettings, last: number, now: number): ReadonlyArray<number> => {
  const firings: Array<number> = []
  for (let at = nextFire(cron, last, zone); at !== undefined && at <= now; at = nextFire(cron, at, zone))
    firings.push(at)
  return firings
}

/**
 * The firings in `(last, now]`, the latest ones where there are too many. They are looked for from the end: a clock that
 * was years behind, and is set, has no years of seconds gone through.
 */
const firingsWithin = (settings: TimerSettings, last: number, now: number): ReadonlyArray<number> => {
  let window = shortWindow
  let firings = firingsFrom(settings, Math.max(last, now - window), now)
  while (now - window > last && firings.length < mostFirings) {
    window *= 2
    firings = firingsFrom(settings, Math.max(last, now - window), now)
  }
  return firings.slice(-mostFirings)
}

const intervalsOf = ({ task_params }: TaskInstance): ReadonlyArray<string> | undefined => {
  const { intervals } = paramsOf(task_params)
  return Array.isArray(intervals) ? intervals.filter((each) => typeof each === "string") : undefined
}

/** What is due: `undefined` where nothing is, though there are tasks, all of which say when. */
export const dueJobs = (
  tasks: ReadonlyArray<TaskInstance>,
  firings: ReadonlyArray<number>,
): NonNullable<TriggerEvent["jobs"]> | undefined => {
  if (tasks.length === 0) return []
  let always = false
  const jobs = tasks.flatMap((task) => {
    if (task.invalid !== 0) return []
    const intervals = intervalsOf(task)
    if (intervals === undefined) {
      always = true
      return []
    }
    const now = intervals.filter((interval) => firings.some((at) => due([interval], at).length > 0))
    return now.map((interval) => ({ task, interval }))
  })
  return jobs.length > 0 || always ? jobs : undefined
}

/**
 * Fires by a cron expression, on time. What it missed, because the machine slept or the plugin was still busy, it fires
 * once, late. While there are no tasks, and for tasks that name no intervals, it always fires; else when an interval of
 * one is due.
 */
export const timer = (settings: TimerSettings, dispatch: Dispatch): Trigger<Tasks> => {
  const granularity: CronGranularity = granularityOf(settings.cron.expression)

  const fire = Effect.fnUntraced(function* (firings: ReadonlyArray<number>) {
    const { instances } = yield* Tasks
    const jobs = dueJobs(yield* instances, firings)
    if (jobs === undefined) return
    const event = {
      type: "timer" as const,
      name: settings.name,
      metadata: { granularity, fire_time: rfc3339(firings.at(-1)!) },
      jobs,
    }
    // What went wrong is said and counted where it happened; the next firing tries again.
    yield* Effect.ignore(finishing(dispatch(event)))
  })

  const run = Effect.fnUntraced(function* (self: Self) {
    let last = yield* Clock.currentTimeMillis
    yield* self.ready
    if (settings.startAtOnce) yield* fire([last])
    for (;;) {
      const next = nextFire(settings.cron, last, settings.zone)
      if (next === undefined) {
        yield* Effect.logWarning(`its expression "${settings.cron.expression}" never fires again`)
        return yield* Effect.never
      }
      const now = yield* Clock.currentTimeMillis
      if (now < last - setBack) last = now
      if (now < next) {
        yield* Effect.sleep(Math.min(next - now, longestSleep))
        continue
      }
      const firings = firingsWithin(settings, last, now)
      last = now
      if (firings.length > 0) yield* fire(firings)
    }
  })

  return { name: settings.name, check: Effect.void, run }
}
