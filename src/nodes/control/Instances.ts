import type { Task, TaskSpec } from "../../domain/Task.ts"
import type { PlaneCheckpoint, TaskInstance } from "../../domain/TaskInstance.ts"

/** A part of a task that one node runs: all of it for one symbol. */
export interface PlannedInstance {
  readonly id: string
  readonly ruleId: string
  /** The data type: what its node must be able to collect. */
  readonly capability: string
  /** Where from. */
  readonly source: string
  /** JSON. */
  readonly params: string
}

const isoTime = (millis: number): string => new Date(millis).toISOString()

const paramsOf = (spec: TaskSpec, symbol: string): string => {
  const { batchSize, dataType, dataset, frequency, historyDays, projectId, source, window } = spec
  return JSON.stringify({
    ...spec.params,
    data_source: source,
    data_type: dataType,
    symbol,
    // A task that names no intervals is one that every firing of a timer is about; with none in the list it would be never.
    ...(spec.schedule.kind === "interval" ? { intervals: [spec.schedule.interval] } : {}),
    frequency,
    project_id: projectId,
    dataset,
    batch_size: batchSize,
    history_days: historyDays,
    ...(window.start === undefined ? {} : { start_time: isoTime(window.start) }),
    ...(window.end === undefined ? {} : { end_time: isoTime(window.end) }),
  })
}

/**
 * `t:BTC-USDT`. What stands behind the last colon is a symbol, so that no task's id is an instance's of another one: a task
 * whose own id has a colon gets the symbol behind it too.
 */
const idOf = (task: string, symbol: string, alone: boolean): string =>
  alone && !task.includes(":") ? task : `${task}:${symbol.replace(/[%:]/g, encodeURIComponent)}`

/** One instance a symbol, so that the symbols of one task can be on several nodes. A task of one symbol keeps its id. */
export const instancesOf = ({ spec }: Task): ReadonlyArray<PlannedInstance> => {
  const symbols = [...new Set(spec.symbols)]
  return symbols.map((symbol) => ({
    id: idOf(spec.id, symbol, symbols.length === 1),
    ruleId: spec.id,
    capability: spec.dataType,
    source: spec.source,
    params: paramsOf(spec, symbol),
  }))
}

/** Whether its nodes are to run it: it was not stopped, and has not come to its end, good or bad. */
export const isWanted = ({ state }: Task): boolean => state === "pending" || state === "running"

export const onTheWire = (
  planned: PlannedInstance,
  numbers: { readonly id: number; readonly epoch: number },
  node: string,
  invalid: 0 | 1,
  checkpoints: ReadonlyArray<PlaneCheckpoint> = [],
): TaskInstance => ({
  id: numbers.id,
  task_id: planned.id,
  rule_id: planned.ruleId,
  planned_exec_node: node,
  task_params: planned.params,
  invalid,
  extra: { epoch: numbers.epoch, ...(checkpoints.length === 0 ? {} : { checkpoints }) },
})
