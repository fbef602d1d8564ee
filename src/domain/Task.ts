import { Schema } from "effect"

/** Whose row it is: a door's own (`api`), the control plane's list (`plane`) or the configuration's (`file`). */
export const TaskOrigin = Schema.Literals(["api", "plane", "file"])
export type TaskOrigin = typeof TaskOrigin.Type

/** The states in the order of their numbers on the node's wire, where `stopped` is an instance's `invalid`. */
export const taskStates = ["pending", "running", "completed", "partial", "failed", "stopped"] as const
export const TaskState = Schema.Literals(taskStates)
export type TaskState = (typeof taskStates)[number]

/**
 * When a task runs. `cron`: 5, 6 or 7 fields in the node's time zone. `interval`: `5m`, aligned to UTC. `once`: as soon
 * as it can. `stream`: from its start until it is stopped.
 */
export const TaskSchedule = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("cron"), expression: Schema.String }),
  Schema.Struct({ kind: Schema.Literal("interval"), interval: Schema.String }),
  Schema.Struct({ kind: Schema.Literal("once") }),
  Schema.Struct({ kind: Schema.Literal("stream") }),
])
export type TaskSchedule = typeof TaskSchedule.Type

/** The part of history that a task is for; milliseconds since the epoch. Without an end it goes on. */
export const TaskWindow = Schema.Struct({
  start: Schema.optionalKey(Schema.Int),
  /** Not included. */
  end: Schema.optionalKey(Schema.Int),
})
export type TaskWindow = typeof TaskWindow.Type

/** What is to be collected, and when: what a person or a control plane asked for. A change makes a new revision. */
export const TaskSpec = Schema.Struct({
  id: Schema.String,
  projectId: Schema.String,
  dataset: Schema.String,
  /** The word of `dataTypes`, aliases resolved: `kline`, `trade`, `depth`, `funding`, … */
  dataType: Schema.String,
  /** The venue, `binance`, or the name of a plugin's source. */
  source: Schema.String,
  symbols: Schema.Array(Schema.String),
  /** As the caller wrote it: `5m`, `1h`, or a cron expression. */
  frequency: Schema.String,
  schedule: TaskSchedule,
  window: TaskWindow,
  /** Rows of one request to the venue. */
  batchSize: Schema.Int,
  /** Days of history before now, where the window has no start. */
  historyDays: Schema.Int,
  /** Whatever else the caller put into `config`, kept and given back. */
  params: Schema.Record(Schema.String, Schema.Unknown),
})
export type TaskSpec = typeof TaskSpec.Type

/** What its runs have come to. */
export const TaskStatistics = Schema.Struct({
  runs: Schema.Int,
  succeeded: Schema.Int,
  failed: Schema.Int,
  /** Records that reached the journal. */
  records: Schema.Int,
  requests: Schema.Int,
  /** Milliseconds that its runs took, in all. */
  runMillis: Schema.Int,
})
export type TaskStatistics = typeof TaskStatistics.Type

export const noStatistics: TaskStatistics = {
  runs: 0,
  succeeded: 0,
  failed: 0,
  records: 0,
  requests: 0,
  runMillis: 0,
}

/** One row of the task table. */
export const Task = Schema.Struct({
  spec: TaskSpec,
  origin: TaskOrigin,
  /** From 1; every change of `spec` adds one. */
  revision: Schema.Int,
  state: TaskState,
  /** Milliseconds since the epoch. */
  createdAt: Schema.Int,
  updatedAt: Schema.Int,
  lastRun: Schema.optionalKey(Schema.Int),
  nextRun: Schema.optionalKey(Schema.Int),
  lastError: Schema.optionalKey(Schema.String),
  statistics: TaskStatistics,
  /** The row as its control plane gave it, byte for byte; of origin `plane` alone. */
  instance: Schema.optionalKey(Schema.Unknown),
})
export type Task = typeof Task.Type

/** Where a run goes on when it is stopped and started again. */
export const TaskCheckpoint = Schema.Struct({
  taskId: Schema.String,
  revision: Schema.Int,
  /** When the run began that this is of: milliseconds. */
  runStartedAt: Schema.Int,
  /** Per symbol: the next open time or id to ask for, as text, and whether the symbol is done. */
  symbols: Schema.Record(
    Schema.String,
    Schema.Struct({
      next: Schema.String,
      done: Schema.Boolean,
      /** What `next` is of, `binance:kline_1m:BTC-USDT`: of another stream it means nothing. */
      stream: Schema.optionalKey(Schema.String),
      /** Everything from here to `next` was had: milliseconds since the epoch. */
      from: Schema.optionalKey(Schema.Int),
    }),
  ),
  /** The journal that `journalPosition` is of: of another one it means nothing. */
  journal: Schema.optionalKey(Schema.String),
  /** Where the journal's end was when this was written: what was accepted after it is looked through on resuming. */
  journalPosition: Schema.Int,
  updatedAt: Schema.Int,
})
export type TaskCheckpoint = typeof TaskCheckpoint.Type

/** The moves that a task may make; every other is a defect of ours and is refused. */
const moves: Readonly<Record<TaskState, ReadonlyArray<TaskState>>> = {
  pending: ["running", "failed", "stopped"],
  running: ["pending", "completed", "partial", "failed", "stopped"],
  completed: ["pending", "stopped"],
  partial: ["pending", "stopped"],
  failed: ["pending", "stopped"],
  stopped: ["pending"],
}

export const mayMove = (from: TaskState, to: TaskState): boolean => moves[from].includes(to)
