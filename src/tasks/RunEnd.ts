import { Cause, type Exit } from "effect"
import type { RunReport } from "../../services/TaskRunner.ts"
import type { Task, TaskState } from "../domain/Task.ts"
import type { RetryPolicy } from "./RetryPolicy.ts"
import type { Schedules } from "./Schedule.ts"
import { moved } from "./TaskMoves.ts"

/** A run as the scheduler sees it. */
export interface ActiveRun {
  readonly began: number
  /** Of the task before it. */
  readonly before: Task["statistics"]
  records: number
  requests: number
}

const longestError = 2000

/** An error as a row keeps it. */
export const shortened = (text: string): string =>
  text.length > longestError ? `${text.slice(0, longestError)}…` : text

/** What became of a run: its own word, or that it threw. */
export const reportOf = (exit: Exit.Exit<RunReport>, run: ActiveRun): RunReport => {
  if (exit._tag === "Success") return exit.value
  const error = Cause.squash(exit.cause)
  const said = error instanceof Error ? error.message || error.name : String(error)
  return {
    outcome: "failed",
    records: run.records,
    requests: run.requests,
    error: `the run broke off by a defect: ${said}`,
  }
}

/** A task's figures with those of a run that has ended, or still goes on. */
export const statisticsWith = (
  { before, began }: ActiveRun,
  { records, requests }: { readonly records: number; readonly requests: number },
  now: number,
  outcome?: RunReport["outcome"],
): Task["statistics"] => ({
  runs: before.runs + (outcome === undefined ? 0 : 1),
  succeeded: before.succeeded + (outcome === "completed" ? 1 : 0),
  failed: before.failed + (outcome === "partial" || outcome === "failed" ? 1 : 0),
  records: before.records + records,
  requests: before.requests + requests,
  runMillis: before.runMillis + Math.max(0, Math.round(now - began)),
})

export interface Ended {
  readonly task: Task
  /** It runs again because it failed, after this many milliseconds, before jitter. */
  readonly retryIn: number | undefined
}

/**
 * The task after its run, without the time of a retry. `failures`: runs in a row that did not complete, this one
 * included. A stream that ends by failing is tried for ever, at the last wait.
 */
export const afterRun = (
  task: Task,
  run: ActiveRun,
  report: RunReport,
  now: number,
  failures: number,
  policy: RetryPolicy,
  schedules: Schedules,
): Ended => {
  const { error, outcome } = report
  const statistics = statisticsWith(run, report, now, outcome)
  const scheduled = schedules.after(task.spec, run.began, now)
  const change = { lastRun: run.began, nextRun: scheduled, statistics }
  if (outcome === "completed") {
    const to: TaskState = scheduled === undefined ? "completed" : "pending"
    return { task: moved(task, to, now, { ...change, lastError: undefined }), retryIn: undefined }
  }
  const forEver = task.spec.schedule.kind === "stream"
  const { delays } = policy
  const retryIn = delays[failures - 1] ?? (forEver ? (delays.at(-1) ?? 30_000) : undefined)
  const lastError = shortened(error ?? `the run ended as ${outcome} and did not say why`)
  return { task: moved(task, outcome, now, { ...change, lastError }), retryIn }
}
