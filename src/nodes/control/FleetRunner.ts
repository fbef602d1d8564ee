import { Effect, Latch, Layer } from "effect"
import type { Task } from "../../domain/Task.ts"
import { type RunReport, TaskRunner } from "../../../services/TaskRunner.ts"
import { instancesOf } from "./Instances.ts"
import { FleetPlane, type InstanceOutcome, type InstanceView } from "./Plane.ts"

const done = 2
const failed = 4

/** Errors of one task that are named; a task may have hundreds of symbols. */
const mostNamed = 5

type Said = readonly [id: string, outcome: InstanceOutcome]

/** Which instances failed, and why; `undefined` where none did. */
const errorOf = (task: Task, said: ReadonlyArray<Said>): string | undefined => {
  const bad = said.filter(([, { status }]) => status !== done)
  if (bad.length === 0) return undefined
  const alone = instancesOf(task).length === 1
  const named = bad
    .slice(0, mostNamed)
    .map(([id, { node, result }]) => `${alone ? node : `${id} on ${node}`}: ${result || "no reason given"}`)
  const more = bad.length - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join("; ")
}

/** What nodes have said of a task, each of its instances last; of `since` at the earliest. */
const saidOf = (
  task: Task,
  instance: (id: string) => InstanceView | undefined,
  since: number,
): ReadonlyArray<Said> =>
  instancesOf(task).flatMap(({ id }) => {
    const outcome = instance(id)?.outcome
    return outcome === undefined || outcome.at < since ? [] : [[id, outcome] as const]
  })

/** What a run has come to; `undefined` while one of its instances has not been heard. */
const reportOf = (task: Task, said: ReadonlyArray<Said>): RunReport | undefined => {
  if (said.length < instancesOf(task).length) return undefined
  const error = errorOf(task, said)
  const allFailed = said.every(([, { status }]) => status === failed)
  return {
    outcome: error === undefined ? "completed" : allFailed ? "failed" : "partial",
    // The nodes count what they collect.
    records: 0,
    requests: 0,
    ...(error === undefined ? {} : { error }),
  }
}

/**
 * Runs tasks by giving them to nodes: a run lasts as long as nodes have it, or until all of it is reported. What nodes
 * say meanwhile is the task's last error, until they say that it works.
 */
export const layer: Layer.Layer<TaskRunner, never, FleetPlane> = Layer.effect(
  TaskRunner,
  Effect.gen(function* () {
    const plane = yield* FleetPlane
    return TaskRunner.of({
      // What a node can do is the node's to know: capabilities decide where an instance goes.
      check: () => Effect.void,
      sourceOf: ({ id }) => id,
      forget: () => Effect.void,
      run: Effect.fnUntraced(function* ({ startedAt, task, trouble }) {
        const once = task.spec.schedule.kind === "once"
        const heard = Latch.makeUnsafe(false)
        yield* plane.watch(task.spec.id, () => heard.openUnsafe())
        for (;;) {
          heard.closeUnsafe()
          const said = saidOf(task, plane.instance, startedAt)
          const report = once ? reportOf(task, said) : undefined
          if (report !== undefined) return report
          if (said.length > 0) yield* trouble(errorOf(task, said))
          yield* heard.await
        }
      }, Effect.scoped),
    })
  }),
)
