import { createHash } from "node:crypto"
import { Clock, Context, Duration, Effect, type Scope } from "effect"
import type { ControlConfig } from "../../../services/ControlConfig.ts"
import type { Task } from "../../domain/Task.ts"
import type { PlaneCheckpoint } from "../../domain/TaskInstance.ts"
import { tasksDigest } from "../../domain/TasksDigest.ts"
import { monotonicMillis } from "../../runtime/Monotonic.ts"
import { type Assignments, type AssignedInstance, makeAssignments } from "./Assignments.ts"
import type { AssignmentStore, AssignmentStoreError } from "./AssignmentStore.ts"
import { type Census, type Figures, type InstanceState, noFigures } from "./Figures.ts"
import { onTheWire } from "./Instances.ts"
import { type KnownNode, type NodePresence, type NodeReport, presenceOf, Registry } from "./Registry.ts"
import type { Orders, StatusReport } from "./Wire.ts"

/** What a node says of an instance that it has done; everything else is less. */
const done = 2

/** What nodes have said of an instance. */
export interface InstanceOutcome {
  readonly node: string
  readonly status: number
  readonly result: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface NodeView extends KnownNode {
  readonly presence: NodePresence
  readonly instances: number
  /** Whether it holds the list that it is to have. */
  readonly current: boolean
}

export interface InstanceView extends AssignedInstance {
  readonly state: InstanceState
  readonly outcome?: InstanceOutcome
  /** Where its node has come to with it, where that is one of Millrace's own collectors. */
  readonly checkpoints?: ReadonlyArray<PlaneCheckpoint>
}

/** The control plane's mind: which nodes there are, who runs what, what they are told. No I/O but its store. */
export interface Plane {
  readonly heartbeat: (report: NodeReport) => Effect.Effect<Orders>
  /** What a node said of how it fares when it was probed. */
  readonly probed: (node: string, metrics: Readonly<Record<string, unknown>> | undefined) => void
  /** `undefined`: it is the word of the node that runs it. Otherwise why it does not count. */
  readonly status: (report: StatusReport) => Effect.Effect<string | undefined>
  readonly plan: (tasks: ReadonlyArray<Task>) => Effect.Effect<void, AssignmentStoreError>
  /** Gives what nobody runs to somebody, and takes it from nodes that are gone. The nodes whose lists changed. */
  readonly settle: Effect.Effect<ReadonlySet<string>, AssignmentStoreError>
  readonly nodes: Effect.Effect<ReadonlyArray<NodeView>>
  readonly instances: Effect.Effect<ReadonlyArray<InstanceView>>
  readonly instance: (id: string) => InstanceView | undefined
  /** Told each time a node's word on an instance of the task counts; until the scope closes. */
  readonly watch: (taskId: string, heard: () => void) => Effect.Effect<void, never, Scope.Scope>
  readonly orders: (node: string) => Orders
  readonly census: Effect.Effect<Census>
  readonly figures: Figures
}

export class FleetPlane extends Context.Service<FleetPlane, Plane>()("millrace/nodes/control/FleetPlane") {}

interface Told {
  /** The list that it is of. */
  readonly own: ReadonlyArray<AssignedInstance>
  readonly digest: string
  /** How often the node is to be told yet. */
  readonly left: number
}

const timesTold = 2

const paramsDigest = (instances: ReadonlyArray<AssignedInstance>): string => {
  const hash = createHash("md5")
  for (const { id, params } of instances) hash.update(`${id}\n${params}\n`)
  return hash.digest("hex")
}

/** Rows of one instance: one for each of its intervals. */
const mostRows = 64

const isFull = (known: ReadonlyMap<string, unknown> | undefined, row: string): boolean =>
  known !== undefined && known.size >= mostRows && !known.has(row)

export const makePlane = Effect.fnUntraced(function* (
  config: ControlConfig,
  store: AssignmentStore,
  figures: Figures = noFigures,
): Effect.fn.Return<Plane, AssignmentStoreError> {
  const assignments: Assignments = yield* makeAssignments(store)
  const registry = new Registry()
  const outcomes = new Map<string, InstanceOutcome>()
  /** Where the owner of an instance has come to, by its rows: for the next one. */
  const places = new Map<string, ReadonlyMap<string, PlaneCheckpoint>>()
  const watchers = new Map<string, Set<() => void>>()
  // A node that has not been heard since the start may still be running what it was given before.
  const startedAt = yield* monotonicMillis
  const limits = {
    lateAfterMillis: Duration.toMillis(config.lateAfter),
    offlineAfterMillis: Duration.toMillis(config.offlineAfter),
  }
  const presence = (node: string, now: number) =>
    presenceOf(registry.get(node)?.heardAt ?? startedAt, now, limits)

  const stateOf = ({ id, owner }: AssignedInstance): InstanceState => {
    if (owner === undefined) return "waiting"
    const outcome = outcomes.get(id)
    return outcome?.node !== owner ? "given" : outcome.status === done ? "done" : "failed"
  }

  const viewOf = (instance: AssignedInstance): InstanceView => {
    const outcome = outcomes.get(instance.id)
    const reached = places.get(instance.id)
    return {
      ...instance,
      state: stateOf(instance),
      ...(outcome === undefined ? {} : { outcome }),
      ...(reached === undefined ? {} : { checkpoints: [...reached.values()] }),
    }
  }

  /** What nodes were told of their instances' parameters, which `tasks_md5` does not see. */
  const told = new Map<string, Told>()

  /** Whether the node's parameters are others than it was told; it is told twice, since nothing shows that it heard. */
  const owesParams = (node: string, own: ReadonlyArray<AssignedInstance>): boolean => {
    if (own.length === 0) {
      told.delete(node)
      return false
    }
    const before = told.get(node)
    if (before?.own === own) return before.left > 0
    const digest = paramsDigest(own)
    const left = before?.digest === digest ? before.left : timesTold
    told.set(node, { own, digest, left })
    return left > 0
  }

  const noteTold = (node: string, left: number): void => {
    const now = told.get(node)
    if (now !== undefined) told.set(node, { ...now, left })
  }

  const digestOf = (node: string): string =>
    tasksDigest(assignments.of(node).map(({ id }) => ({ task_id: id, invalid: 0 })))

  const orders = (node: string, held?: string): Orders => {
    const own = assignments.of(node)
    const wanted = own.map((each) =>
      onTheWire(each, { id: each.number, epoch: each.epoch }, node, 0, [
        ...(places.get(each.id)?.values() ?? []),
      ]),
    )
    const md5 = tasksDigest(wanted)
    const owed = owesParams(node, own)
    const left = told.get(node)?.left ?? 0
    if (held === md5) {
      assignments.acknowledged(node)
      if (owed) noteTold(node, left - 1)
    } else if (held !== undefined) noteTold(node, 0)
    const gone = assignments
      .withdrawnFrom(node)
      .map((each) => onTheWire(each, { id: each.number, epoch: each.epoch }, node, 1))
    return {
      packageVersion: config.packageVersion ?? "",
      tasksMd5: md5,
      // A node takes an empty list for none at all and keeps what it has, so what is gone is named as invalid.
      instances: held === md5 && !owed ? [] : [...wanted, ...gone],
      leaseSeconds: Duration.toSeconds(config.lease),
    }
  }

  const note = ({ checkpoints = [], nodeId }: NodeReport): void => {
    for (const each of checkpoints) {
      const known = places.get(each.task_id)
      if (assignments.get(each.task_id)?.owner !== nodeId || isFull(known, each.row)) continue
      places.set(each.task_id, new Map(known).set(each.row, each))
    }
  }

  return {
    figures,
    orders: (node) => orders(node),
    heartbeat: Effect.fnUntraced(function* ({ checkpoints = [], ...report }) {
      note({ ...report, checkpoints })
      const isNew = registry.heard(report, yield* Clock.currentTimeMillis, yield* monotonicMillis)
      if (isNew)
        yield* Effect.logInfo(`node ${report.nodeId} is here`, {
          node: report.nodeId,
          version: report.version,
          capabilities: report.capabilities,
        })
      const told = orders(report.nodeId, report.tasksMd5)
      figures.heartbeat(told.instances.length === 0 ? "current" : "list")
      return told
    }),
    probed: (node, metrics) => {
      if (metrics !== undefined) registry.probed(node, metrics)
    },
    status: Effect.fnUntraced(function* ({ nodeId, result, status, taskId }) {
      const instance = assignments.get(taskId)
      if (instance === undefined) {
        figures.report("unknown")
        return `there is no task ${taskId} here`
      }
      if (instance.owner !== nodeId) {
        figures.report("fenced")
        return `task ${taskId} is run by ${instance.owner ?? "nobody"} (epoch ${instance.epoch}), not by ${nodeId}`
      }
      figures.report("ok")
      outcomes.set(taskId, { node: nodeId, status, result, at: yield* Clock.currentTimeMillis })
      for (const heard of watchers.get(instance.ruleId) ?? []) heard()
      return undefined
    }),
    plan: (tasks) =>
      Effect.andThen(
        assignments.plan(tasks),
        Effect.sync(() => {
          for (const kept of [outcomes, places])
            for (const id of kept.keys()) if (assignments.get(id) === undefined) kept.delete(id)
        }),
      ),
    settle: Effect.gen(function* () {
      const now = yield* monotonicMillis
      const candidates = registry.list().map(({ capabilities, nodeId }) => ({
        id: nodeId,
        capabilities,
        takes: presence(nodeId, now) === "online",
      }))
      const moves = yield* assignments.settle(candidates, (owner) => presence(owner, now) === "offline")
      figures.moved(moves)
      for (const { epoch, from, id, to } of moves) {
        const where = to === undefined ? "nowhere: no node that is here can run it" : `to ${to}`
        yield* Effect.logInfo(
          `task ${id} goes ${from === undefined ? "" : `from ${from}, which is gone, `}${where}`,
          {
            task: id,
            epoch,
          },
        )
      }
      return new Set(moves.flatMap(({ from, to }) => [from, to]).filter((node) => node !== undefined))
    }),
    nodes: Effect.gen(function* () {
      const now = yield* monotonicMillis
      return registry.list().map((node) => ({
        ...node,
        presence: presence(node.nodeId, now),
        instances: assignments.of(node.nodeId).length,
        current: node.tasksMd5 === digestOf(node.nodeId) && (told.get(node.nodeId)?.left ?? 0) === 0,
      }))
    }),
    instances: Effect.sync(() => assignments.list().map(viewOf)),
    census: Effect.map(monotonicMillis, (now) => {
      const nodes = { online: 0, late: 0, offline: 0 }
      for (const { nodeId } of registry.list()) nodes[presence(nodeId, now)]++
      const instances = { waiting: 0, given: 0, done: 0, failed: 0 }
      for (const instance of assignments.list()) instances[stateOf(instance)]++
      return { nodes, instances }
    }),
    watch: (taskId, heard) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const those = watchers.get(taskId) ?? new Set()
          watchers.set(taskId, those.add(heard))
        }),
        () =>
          Effect.sync(() => {
            const those = watchers.get(taskId)
            those?.delete(heard)
            if (those?.size === 0) watchers.delete(taskId)
          }),
      ),
    instance: (id) => {
      const instance = assignments.get(id)
      return instance === undefined ? undefined : viewOf(instance)
    },
  }
})
