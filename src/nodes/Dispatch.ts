import { Effect } from "effect"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import { Plugin, type PluginError } from "../../services/Plugin.ts"
import { type IntakeError, RecordIntake } from "../../services/RecordIntake.ts"
import { Tasks } from "../../services/Tasks.ts"
import { tasksDigest } from "../domain/TasksDigest.ts"
import type { TriggerEvent, TriggerResponse } from "../domain/TriggerEvent.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { DnsRecords, eventRecords } from "./dns/DnsRecords.ts"
import { NodeState } from "./NodeState.ts"
import { rowsOf } from "./PluginRows.ts"
import { taskOfRows } from "./RowTasks.ts"
import type { StatusReports } from "./StatusReports.ts"

/** What a trigger knows of an event; the rest is the node's. */
export type Draft = Pick<TriggerEvent, "type" | "name" | "message" | "text" | "raw" | "jobs" | "metadata">

export type DispatchServices = NodeState | DnsRecords | Tasks | RecordIntake | Metrics

/** Hands events to the plugin, and what it answers to where it belongs. */
export type Dispatch = (draft: Draft) => Effect.Effect<TriggerResponse, PluginError | IntakeError>

const failedStatus = 4

const namedInSpans = 20

/**
 * Calls the plugin with the tasks as they stand, and with what it needs to know of the node. Results go to the task
 * table and, in the background, to the control plane; rows go into the journal before this comes back, so that a message
 * that brought them is acknowledged only then.
 */
export const makeDispatch = Effect.fnUntraced(function* (
  reports: StatusReports,
): Effect.fn.Return<Dispatch, never, DispatchServices | Plugin> {
  const state = yield* NodeState
  const dns = yield* DnsRecords
  const tasks = yield* Tasks
  const plugin = yield* Plugin
  const intake = yield* RecordIntake
  const { series } = yield* Metrics
  const limited = RateLimitedLog.make()
  const { id, version } = state.identity

  const metadata = Effect.gen(function* () {
    const { storageRpc, storageUrl } = yield* state.addresses
    return {
      nodeID: id ?? "",
      version,
      storage_server_url: storageUrl,
      ...(storageRpc === undefined ? {} : { storage_server_rpc: storageRpc }),
      ...eventRecords(yield* dns.current),
    }
  })

  const count = (trigger: string, outcome: "ok" | "error") =>
    Effect.sync(() => series.counter(catalog.triggerEvents, { trigger, outcome }).add(1))

  const noteFailure = (trigger: string, key: string) => (error: PluginError | IntakeError) =>
    Effect.all(
      [
        state.worked({ error: error.message }),
        count(trigger, "error"),
        limited.log("Error", `${trigger} ${key}`, () => [`trigger ${trigger}: ${error.message}`]),
      ],
      { discard: true },
    )

  const noteResults = Effect.fnUntraced(function* ({ task_results }: TriggerResponse) {
    for (const { result, status, task_id } of task_results) {
      const failed = status === failedStatus
      yield* state.worked(failed ? { error: `${task_id}: ${result}` } : {})
      const about = { task: task_id, status }
      yield* failed
        ? limited.log("Warn", `failed ${task_id}`, () => [
            `plugin ${plugin.name} failed ${task_id}: ${result}`,
            about,
          ])
        : Effect.logDebug(`plugin ${plugin.name} has done ${task_id}`, about)
      yield* tasks
        .report(task_id, status, result)
        .pipe(
          Effect.catch((error) =>
            limited.log("Error", error.reason, () => [
              `a result of ${task_id} is not in the task table: ${error.message}`,
            ]),
          ),
        )
    }
    yield* reports.report(task_results)
  })

  /** What is no record among them the intake keeps as dead letters, and says. */
  const takeRows = (response: TriggerResponse, event: TriggerEvent) => {
    const rows = rowsOf(response, event)
    return rows.length === 0
      ? Effect.succeed(0)
      : Effect.map(
          intake.objects(rows, `plugin ${plugin.name}`, taskOfRows(rows, event)),
          ({ accepted }) => accepted,
        )
  }

  return Effect.fn("Node.dispatch")(function* (draft) {
    const instances = yield* tasks.instances
    const event: TriggerEvent = {
      ...draft,
      tasks: instances,
      tasksMd5: tasksDigest(instances),
      metadata: { ...(yield* metadata), ...draft.metadata },
    }
    // A span holds so many names and no more.
    const ids = instances.slice(0, namedInSpans).map(({ task_id }) => task_id)
    yield* Effect.annotateCurrentSpan({ trigger: draft.name, plugin: plugin.name, tasks: ids.join(",") })
    const response = yield* plugin
      .onTrigger(event)
      .pipe(Effect.tapError((error) => noteFailure(draft.name, error.reason)(error)))
    const accepted = yield* takeRows(response, event).pipe(Effect.tapError(noteFailure(draft.name, "intake")))
    yield* Effect.logDebug(
      `trigger ${draft.name}: plugin ${plugin.name} answered ${response.task_results.length} results, and ${accepted} records of it were new`,
    )
    yield* count(draft.name, "ok")
    if (response.task_results.length === 0) yield* state.worked({})
    yield* noteResults(response)
    return response
  })
})
