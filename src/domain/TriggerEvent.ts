import type { TaskInstance, TaskResult } from "./TaskInstance.ts"

/** What fires a plugin. */
export type TriggerType = "timer" | "nats" | "http" | "record"

/** What a plugin is called with, before it is put on a wire. */
export interface TriggerEvent {
  readonly type: TriggerType
  /** The trigger's name in the configuration. */
  readonly name: string
  /** The message of a queue or of HTTP, parsed where it is JSON; absent for a timer. */
  readonly message?: unknown
  /** The same as it came: JSON, with digits that no double holds. */
  readonly text?: string
  /** The bytes of a message that is no JSON. */
  readonly raw?: Uint8Array
  /** Every task that the node has, invalid ones too. */
  readonly tasks: ReadonlyArray<TaskInstance>
  readonly tasksMd5: string
  /** For a timer: the tasks with an interval that is due. */
  readonly jobs?: ReadonlyArray<{ readonly task: TaskInstance; readonly interval: string }>
  /** `nodeID`, `version`; a timer's `fire_time` and `granularity`; a message's `subject`; … */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Rows that a plugin wants stored, as it wrote them. */
export interface DataPoint {
  readonly times: string | number
  readonly object_id: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface WriteGroup {
  readonly write_mode: "set_data" | "upsert_object"
  readonly dataset_id: string | number
  readonly freq: string
  readonly app_key: string
  readonly data_points: ReadonlyArray<DataPoint>
}

/** What a plugin answers. An empty body, or one that is no JSON, is success without results. */
export interface TriggerResponse {
  readonly task_results: ReadonlyArray<TaskResult>
  readonly data_points?: ReadonlyArray<DataPoint>
  readonly write_groups?: ReadonlyArray<WriteGroup>
  /** Records in the form of the output, without `id` and `receivedAt` where the plugin leaves them out. */
  readonly records?: ReadonlyArray<unknown>
}
