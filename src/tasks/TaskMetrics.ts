import { Effect } from "effect"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import type { RunReport } from "../../services/TaskRunner.ts"
import { taskStates } from "../domain/Task.ts"
import type { Rows } from "./Rows.ts"

export interface TaskMetrics {
  readonly runEnded: (outcome: RunReport["outcome"] | "interrupted", began: number, now: number) => void
  /** What a task came to, by the id that it is followed by. */
  readonly result: (task: string, outcome: RunReport["outcome"]) => void
  readonly retried: () => void
  /** A run begins that was due then. */
  readonly began: (dueAt: number, now: number) => void
  /** Brings the numbers of tasks by state up to date. */
  readonly show: (rows: Rows) => void
}

export const makeTaskMetrics = Effect.gen(function* () {
  const { series } = yield* Metrics
  const runs = (outcome: string) => series.counter(catalog.taskRuns, { outcome })
  for (const outcome of ["completed", "partial", "failed", "interrupted"]) runs(outcome)
  const retries = series.counter(catalog.taskRetries, {})
  const duration = series.latency(catalog.taskRunTime, {})
  const lag = series.latency(catalog.taskLag, {})
  const states = taskStates.map((state) => [state, series.gauge(catalog.tasks, { state })] as const)
  const metrics: TaskMetrics = {
    runEnded: (outcome, began, now) => {
      runs(outcome).add(1)
      if (outcome !== "interrupted") duration.record(began, now)
    },
    result: (task, outcome) => series.counter(catalog.taskResults, { task, outcome }).add(1),
    retried: () => retries.add(1),
    began: (dueAt, now) => lag.record(Math.min(dueAt, now), now),
    show: (rows) => {
      for (const [state, gauge] of states) gauge.set(rows.count(state))
    },
  }
  return metrics
})
