import type { TaskVersion } from "../../../services/TaskStore.ts"
import { writeInstant } from "../../domain/Instant.ts"
import type { Task, TaskSpec } from "../../domain/Task.ts"

const when = (name: string, at: number | undefined) => (at === undefined ? {} : { [name]: writeInstant(at) })

const specView = (spec: TaskSpec) => ({
  dataset: spec.dataset,
  data_type: spec.dataType,
  source: spec.source,
  symbols: spec.symbols,
  frequency: spec.frequency,
  ...when("start_time", spec.window.start),
  ...when("end_time", spec.window.end),
})

/** One task of `list_tasks`. */
export const taskView = ({ lastRun, nextRun, origin, revision, spec, state, ...task }: Task) => ({
  task_id: spec.id,
  project_id: spec.projectId,
  status: state,
  ...specView(spec),
  origin,
  revision,
  ...when("last_run", lastRun),
  ...when("next_run", nextRun),
  ...(task.lastError === undefined ? {} : { error: task.lastError }),
})

/** All that is known of a task, for `get_task_status`. `error` is that of its last run, and empty where there is none. */
export const statusView = (task: Task) => {
  const { spec, statistics } = task
  return {
    ...taskView(task),
    error: task.lastError ?? "",
    config: { batch_size: spec.batchSize, history_days: spec.historyDays, ...spec.params },
    schedule: spec.schedule,
    created_at: writeInstant(task.createdAt),
    updated_at: writeInstant(task.updatedAt),
    statistics: {
      runs: statistics.runs,
      succeeded: statistics.succeeded,
      failed: statistics.failed,
      records: statistics.records,
      requests: statistics.requests,
      run_millis: statistics.runMillis,
    },
  }
}

export const versionView = ({ revision, savedAt, task: { spec } }: TaskVersion) => ({
  revision,
  saved_at: writeInstant(savedAt),
  ...specView(spec),
  config: { batch_size: spec.batchSize, history_days: spec.historyDays, ...spec.params },
})
