import { Schema } from "effect"

const text = Schema.optionalKey(Schema.String)

/** What `POST /task` takes, for the API's description: the doors themselves read events, and explain what they refuse. */
export const TaskEvent = Schema.Struct({
  action: text.annotateKey({
    description:
      "create_task, update_task, delete_task, list_tasks, get_task_status; stop_task, start_task, run_task, list_task_versions, rollback_task; config_sync, heartbeat_probe, health_check",
  }),
  type: text.annotateKey({
    description: "The other form of events: init, config, heartbeat, task (with an action), health",
  }),
  task_id: text,
  project_id: text,
  dataset: text,
  data_type: text.annotateKey({ description: "kline, trade, ticker, depth, funding, …; orderbook is depth" }),
  source: text.annotateKey({ description: "A venue, such as binance, or a plugin's source" }),
  symbols: Schema.optionalKey(Schema.Array(Schema.String)).annotateKey({
    description: "BTCUSDT, BTC/USDT or BTC-USDT",
  }),
  frequency: text.annotateKey({
    description: "5m, 1h, 1d, … aligned to UTC; a cron expression; once; stream",
  }),
  start_time: text.annotateKey({ description: "RFC 3339" }),
  end_time: text.annotateKey({ description: "RFC 3339; not included" }),
  config: Schema.optionalKey(
    Schema.StructWithRest(
      Schema.Struct({
        batch_size: Schema.optionalKey(Schema.Int),
        history_days: Schema.optionalKey(Schema.Int),
      }),
      [Schema.Record(Schema.String, Schema.Unknown)],
    ),
  ),
  status: text.annotateKey({ description: "Of list_tasks: only tasks of this status" }),
  language: text.annotateKey({ description: "en: answered in English" }),
}).annotate({
  identifier: "TaskEvent",
  description:
    "An event of tasks or of a node, as it is or as a cloud's API gateway or timer wraps it. Fields that an action does not know are left alone.",
})

/** What every event is answered with. */
export const TaskAnswer = Schema.Union([
  Schema.Struct({ success: Schema.Literal(true), data: Schema.Record(Schema.String, Schema.Unknown) }),
  Schema.Struct({
    success: Schema.Literal(false),
    message: Schema.String,
    error: Schema.String,
  }),
]).annotate({
  identifier: "TaskAnswer",
  description: "What was done, or why not: `error` names the field or the value.",
})
