import { Effect, Layer, Ref, Stream } from "effect"
import { TaskRefused, Tasks } from "../../services/Tasks.ts"
import type { TaskInstance } from "../domain/TaskInstance.ts"

/** The control plane's list in memory, for a node whose tasks are all its plugin's. One row per id; those without one are left out. */
export const layer: Layer.Layer<Tasks> = Layer.effect(
  Tasks,
  Effect.gen(function* () {
    const rows = yield* Ref.make<ReadonlyMap<string, TaskInstance>>(new Map())
    const refuse = (taskId: string) =>
      Effect.fail(
        new TaskRefused({ reason: "unsupported", taskId, detail: "this node keeps no tasks of its own" }),
      )
    return Tasks.of({
      create: (spec) => refuse(spec.id),
      update: refuse,
      remove: refuse,
      stop: refuse,
      start: refuse,
      run: refuse,
      runDue: () => Effect.succeed([]),
      get: () => Effect.succeed(undefined),
      list: () => Effect.succeed([]),
      versions: refuse,
      rollback: refuse,
      replacePlane: (instances) =>
        Ref.set(
          rows,
          new Map(instances.filter(({ task_id }) => task_id !== "").map((each) => [each.task_id, each])),
        ),
      instances: Effect.map(Ref.get(rows), (map) => [...map.values()]),
      report: () => Effect.void,
      changes: Stream.never,
    })
  }),
)
