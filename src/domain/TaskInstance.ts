import { Schema } from "effect"
import { isName } from "./KeptText.ts"
import { type Task, TaskCheckpoint } from "./Task.ts"

/** Of an instance's name: a plane makes them of a task's id and a symbol. */
export const longestInstanceName = 1024

/** Goes into tables, paths of actors and records. */
export const InstanceName = Schema.String.check(
  Schema.makeFilter((text: string) => isName(text, longestInstanceName), {
    expected: `a name of at most ${longestInstanceName} characters, none of which cannot be seen`,
  }),
)

/** A number of 64 bits: its digits, where a double does not hold it. */
export const InstanceNumber = Schema.Union([
  Schema.Int,
  Schema.String.check(Schema.isPattern(/^-?\d{16,19}$/)),
])

/**
 * A task as a control plane hands it to a node: in the answer to a heartbeat, in a `config_sync`, and in what a plugin
 * is given. Field names and types are those of the node protocol.
 */
export const TaskInstance = Schema.Struct({
  id: InstanceNumber,
  task_id: InstanceName,
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

/** The instance that a row is of, where a control plane has made it. */
export const instanceOf = ({ instance, origin }: Task): TaskInstance | undefined =>
  origin === "plane" ? (instance as TaskInstance) : undefined

/** The id by which a task is followed: into its rows, metrics and log lines. That of the instance, whatever its row is called. */
export const tracedAs = (task: Task): string => instanceOf(task)?.task_id ?? task.spec.id

/** Where Millrace's own run of an instance has come to: told in heartbeats, and given to the node that goes on with it. */
export const PlaneCheckpoint = Schema.Struct({
  task_id: Schema.String,
  /** The instance's name, with the interval behind it where it has several. */
  row: Schema.String,
  run_started_at: Schema.Int,
  symbols: TaskCheckpoint.fields.symbols,
})
export type PlaneCheckpoint = typeof PlaneCheckpoint.Type

/** What a plugin says of one task: 2 done, 4 failed, and why. */
export const TaskResult = Schema.Struct({
  task_id: Schema.String,
  status: Schema.Int,
  result: Schema.String,
})
export type TaskResult = typeof TaskResult.Type
