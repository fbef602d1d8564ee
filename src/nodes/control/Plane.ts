import { Clock, Duration, Effect } from "effect"
import type { ControlConfig } from "../../../services/ControlConfig.ts"
import type { PlaneCheckpoint } from "../../domain/TaskInstance.ts"
import { tasksDigest } from "../../domain/TasksDigest.ts"
import { monotonicMillis } from "../../runtime/Monotonic.ts"
import { type Candidate, whyNobody } from "./Assignment.ts"
import { type Assignments, type AssignedInstance, makeAssignments } from "./Assignments.ts"
import type { AssignmentStore, AssignmentStoreError } from "./AssignmentStore.ts"
import { type Figures, type InstanceState, noFigures } from "./Figures.ts"
import type { InstanceOutcome, InstanceView, Plane } from "./FleetPlane.ts"
import { onTheWire } from "./Instances.ts"
import { type NodeReport, presenceOf, Registry } from "./Registry.ts"
import { ToldParams } from "./ToldParams.ts"
import { done, isEnd, type Orders } from "./Wire.ts"

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
  /** Why instances have nobody who runs them. */
  let stranded: ReadonlyMap<string, string> = new Map()
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
    if (outcome?.node !== owner || !isEnd(outcome.status)) return "given"
    return outcome.status === done ? "done" : "failed"
  }

  const viewOf = (instance: AssignedInstance): InstanceView => {
    const outcome = outcomes.get(instance.id)
    const reached = places.get(instance.id)
    const waits = stranded.get(instance.id)
    return {
      ...instance,
      state: stateOf(instance),
      ...(waits === undefined ? {} : { waits }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(reached === undefined ? {} : { checkpoints: [...reached.values()] }),
    }
  }

  const told = new ToldParams()

  const tell = (taskId: string): void => {
    for (const heard of watchers.get(taskId) ?? []) heard()
  }

  /** Says of each instance that nobody runs why that is, and to whoever watches its task that it has changed. */
  const noteStranded = (candidates: ReadonlyArray<Candidate>): void => {
    const before = stranded
    const now = new Map<string, string>()
    for (const instance of assignments.of(undefined)) now.set(instance.id, whyNobody(instance, candidates))
    stranded = now
    for (const { id, ruleId } of assignments.list()) if (before.get(id) !== now.get(id)) tell(ruleId)
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
    const owed = told.owes(node, own)
    if (held === md5) {
      assignments.acknowledged(node)
      if (owed) told.again(node)
    } else if (held !== undefined) told.whole(node)
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
      tell(instance.ruleId)
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
      const candidates = registry.list().map(({ capabilities, nodeId, sources }) => ({
        id: nodeId,
        capabilities,
        ...(sources === undefined ? {} : { sources }),
        takes: presence(nodeId, now) === "online",
      }))
      const moves = yield* assignments.settle(candidates, (owner) => presence(owner, now) === "offline")
      figures.moved(moves)
      noteStranded(candidates)
      told.keep((node) => assignments.of(node).length > 0)
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
        current: node.tasksMd5 === digestOf(node.nodeId) && !told.isOwed(node.nodeId),
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
