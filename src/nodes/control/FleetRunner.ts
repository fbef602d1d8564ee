import { Effect, Latch, Layer } from "effect"
import { didYouMean } from "../../domain/NearestName.ts"
import type { Task } from "../../domain/Task.ts"
import { venueNames } from "../../exchanges/index.ts"
import { type RunReport, TaskRunner } from "../../../services/TaskRunner.ts"
import { TaskRefused } from "../../../services/Tasks.ts"
import { instancesOf } from "./Instances.ts"
import { FleetPlane, type InstanceOutcome, type InstanceView, type NodeView } from "./FleetPlane.ts"
import { done, isEnd } from "./Wire.ts"

const failed = 4

/** Errors of one task that are named; a task may have hundreds of symbols. */
const mostNamed = 5

type Said = readonly [id: string, outcome: InstanceOutcome]
type Lookup = (id: string) => InstanceView | undefined

const knownStatus = new Set([3, failed])

const reasonOf = ({ result, status }: InstanceOutcome): string => {
  const reason = result === "" ? "no reason given" : result
  return knownStatus.has(status) ? reason : `status ${status}, which is none: ${reason}`
}

/** Which instances failed or have nobody who runs them, and why; `undefined` where all is well. */
const errorOf = (task: Task, said: ReadonlyArray<Said>, instance: Lookup): string | undefined => {
  const all = instancesOf(task)
  const bad = said.filter(([, { status }]) => status !== done)
  const lines = [
    ...bad.map(
      ([id, outcome]) =>
        `${all.length === 1 ? outcome.node : `${id} on ${outcome.node}`}: ${reasonOf(outcome)}`,
    ),
    ...all.flatMap(({ id }) => {
      const waits = instance(id)?.waits
      return waits === undefined ? [] : [`${all.length === 1 ? "it" : id} waits: ${waits}`]
    }),
  ]
  if (lines.length === 0) return undefined
  const named = lines.slice(0, mostNamed)
  const more = lines.length - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join("; ")
}

/** How instances of a task have ended, each the last time; since then at the earliest. */
const saidOf = (task: Task, instance: Lookup, since: number): ReadonlyArray<Said> =>
  instancesOf(task).flatMap(({ id }) => {
    const outcome = instance(id)?.outcome
    return outcome === undefined || outcome.at < since || !isEnd(outcome.status)
      ? []
      : [[id, outcome] as const]
  })

/** What a run has come to; `undefined` while one of its instances has not been heard. */
const reportOf = (task: Task, said: ReadonlyArray<Said>, instance: Lookup): RunReport | undefined => {
  if (said.length < instancesOf(task).length) return undefined
  const error = errorOf(task, said, instance)
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
 * Why no node can know a source. A plugin may know any; while no node was heard, one may come, but what is nearly a
 * venue's name is a mistake.
 */
export const sourceProblem = (
  source: string,
  nodes: ReadonlyArray<Pick<NodeView, "sources">>,
): string | undefined => {
  const known = new Set([...venueNames, ...nodes.flatMap(({ sources = [] }) => sources)])
  if (known.has(source) || nodes.some(({ sources }) => sources === undefined)) return undefined
  const near = didYouMean(source, known)
  if (nodes.length === 0 && near === "") return undefined
  return `"${source}" is no source${near}${near === "" ? ": there" : " There"} are ${[...known].join(", ")}; no node that was heard has a plugin, which could know another`
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
      // What else of it can be had is the node's to know: capabilities decide where an instance goes.
      check: (spec) =>
        Effect.flatMap(plane.nodes, (nodes) => {
          const problem = sourceProblem(spec.source, nodes)
          return problem === undefined
            ? Effect.void
            : Effect.fail(new TaskRefused({ reason: "invalid", taskId: spec.id, detail: problem }))
        }),
      sourceOf: ({ id }) => id,
      forget: () => Effect.void,
      run: Effect.fnUntraced(function* ({ startedAt, task, trouble }) {
        const once = task.spec.schedule.kind === "once"
        const heard = Latch.makeUnsafe(false)
        let waited = false
        yield* plane.watch(task.spec.id, () => heard.openUnsafe())
        for (;;) {
          heard.closeUnsafe()
          const said = saidOf(task, plane.instance, startedAt)
          const report = once ? reportOf(task, said, plane.instance) : undefined
          if (report !== undefined) return report
          const wrong = errorOf(task, said, plane.instance)
          // What is known of a run before, in another process, counts until something is heard.
          if (said.length > 0 || wrong !== undefined || waited) yield* trouble(wrong)
          waited = wrong !== undefined
          yield* heard.await
        }
      }, Effect.scoped),
    })
  }),
)
