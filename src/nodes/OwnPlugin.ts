import { Effect, Layer } from "effect"
import { Plugin } from "../../services/Plugin.ts"
import { Tasks } from "../../services/Tasks.ts"
import { recordTypes } from "../domain/DataType.ts"
import { noResults } from "../domain/PluginWire.ts"
import type { Task } from "../domain/Task.ts"
import { instanceOf } from "../domain/TaskInstance.ts"
import type { TriggerEvent } from "../domain/TriggerEvent.ts"
import { venueNames } from "../exchanges/index.ts"
import type { Self } from "../runtime/Actor.ts"
import { paramsOf } from "./PluginRows.ts"
import type { NodeState } from "./NodeState.ts"
import type { StatusReports } from "./StatusReports.ts"

/** What Millrace's collectors bring: what a control plane may give a node that has no plugin. */
const capabilities: ReadonlyArray<string> = [...recordTypes.filter((type) => type !== "gap"), "aggTrade"]

/** A heartbeat stays small; what it leaves out is in the next ones. */
const checkpointsABeat = 200

/** Whether an event is about a row: a timer's about what is due, and what does not say when; any other about all. */
const isMeant =
  ({ jobs, type }: TriggerEvent) =>
  (task: Task): boolean => {
    const instance = instanceOf(task)
    if (instance === undefined) return false
    const { invalid, task_id, task_params } = instance
    if (invalid !== 0 || task.state === "stopped" || task.spec.schedule.kind === "stream") return false
    if (type !== "timer" || jobs === undefined) return true
    const due = jobs.filter((job) => job.task.task_id === task_id).map(({ interval }) => interval)
    if (due.length > 0) return !task.spec.id.startsWith(`${task_id}@`) || due.includes(task.spec.frequency)
    return !Array.isArray(paramsOf(task_params)["intervals"])
  }

/**
 * Millrace's own collectors in the place of a plugin. The task table runs the control plane's tasks by their own times, and
 * tells what they came to; a trigger runs them besides, at once.
 */
export const layer: Layer.Layer<Plugin, never, Tasks> = Layer.effect(
  Plugin,
  Effect.gen(function* () {
    const tasks = yield* Tasks
    return Plugin.of({
      name: "millrace",
      ready: Effect.void,
      heartbeatExtra: Effect.map(tasks.planeCheckpoints(checkpointsABeat), (checkpoints) => ({
        capabilities,
        sources: venueNames,
        ...(checkpoints.length === 0 ? {} : { checkpoints }),
      })),
      onTrigger: Effect.fn("OwnPlugin.onTrigger")(function* (event) {
        const rows = yield* Effect.orElseSucceed(tasks.list({ origin: "plane" }), () => [])
        yield* Effect.forEach(
          rows.filter(isMeant(event)),
          ({ spec }) =>
            tasks.run(spec.id).pipe(
              // Between two looks it may be another node's.
              Effect.catch((error) => Effect.logDebug(`trigger ${event.name}: ${error.message}`)),
            ),
          { concurrency: "unbounded", discard: true },
        )
        return noResults
      }),
    })
  }),
)

const failedStatus = 3

/** Tells the control plane what the runs of its tasks came to. */
export const results = (reports: StatusReports, state: NodeState["Service"]) =>
  Effect.fnUntraced(function* (self: Self) {
    const { planeResults } = yield* Tasks
    yield* self.ready
    for (;;) {
      const all = yield* planeResults
      for (const { result, status, task_id } of all)
        yield* state.worked(status >= failedStatus ? { error: `${task_id}: ${result}` } : {})
      yield* reports.report(all)
    }
  })
