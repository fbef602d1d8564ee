import { Effect, Layer } from "effect"
import type { Task } from "../../domain/Task.ts"
import { type RunReport, TaskRunner } from "../../../services/TaskRunner.ts"
import { instancesOf } from "./Instances.ts"
import { FleetPlane, type InstanceView } from "./Plane.ts"

/** How often a run that has an end looks whether its nodes have come to it. */
const lookEvery = "1 second"

const done = 2
const failed = 4

/** What nodes have said of a task since a time; `undefined` while one of its instances has not been heard. */
const reportOf = (
  task: Task,
  instance: (id: string) => InstanceView | undefined,
  since: number,
): RunReport | undefined => {
  const outcomes = instancesOf(task).map(({ id }) => instance(id)?.outcome)
  if (outcomes.some((outcome) => outcome === undefined || outcome.at < since)) return undefined
  const bad = outcomes.filter((outcome) => outcome!.status !== done)
  const allFailed = outcomes.every((outcome) => outcome!.status === failed)
  return {
    outcome: bad.length === 0 ? "completed" : allFailed ? "failed" : "partial",
    // The nodes count what they collect.
    records: 0,
    requests: 0,
    ...(bad.length === 0
      ? {}
      : { error: bad.map((outcome) => `${outcome!.node}: ${outcome!.result}`).join("; ") }),
  }
}

/** Runs tasks by giving them to nodes: a run lasts as long as nodes have it, or until all of it is reported. */
export const layer: Layer.Layer<TaskRunner, never, FleetPlane> = Layer.effect(
  TaskRunner,
  Effect.gen(function* () {
    const plane = yield* FleetPlane
    return TaskRunner.of({
      // What a node can do is the node's to know: capabilities decide where an instance goes.
      check: () => Effect.void,
      sourceOf: ({ id }) => id,
      forget: () => Effect.void,
      run: Effect.fnUntraced(function* ({ startedAt, task }) {
        if (task.spec.schedule.kind !== "once") return yield* Effect.never
        for (;;) {
          const report = reportOf(task, plane.instance, startedAt)
          if (report !== undefined) return report
          yield* Effect.sleep(lookEvery)
        }
      }),
    })
  }),
)
