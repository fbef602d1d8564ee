import { Schema } from "effect"

/**
 * A task as a control plane hands it to a node: in the answer to a heartbeat, in a `config_sync`, and in what a plugin
 * is given. Field names and types are those of the node protocol.
 */
export const TaskInstance = Schema.Struct({
  id: Schema.Int,
  task_id: Schema.String,
  rule_id: Schema.String,
  /** The node that is to run it. */
  planned_exec_node: Schema.String,
  /** JSON in a string. */
  task_params: Schema.String,
  /** 0: to be run. Anything else: not any more. */
  invalid: Schema.Int,
  extra: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
})
export type TaskInstance = typeof TaskInstance.Type

/** What a plugin says of one task: 2 done, 4 failed, and why. */
export const TaskResult = Schema.Struct({
  task_id: Schema.String,
  status: Schema.Int,
  result: Schema.String,
})
export type TaskResult = typeof TaskResult.Type
