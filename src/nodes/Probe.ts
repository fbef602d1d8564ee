import { Clock, Effect, Option } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { Plugin } from "../../services/Plugin.ts"
import { ProcessStats } from "../../services/ProcessStats.ts"
import { Tasks } from "../../services/Tasks.ts"
import type { TaskInstance } from "../domain/TaskInstance.ts"
import type { TaskState } from "../domain/Task.ts"
import { Actors } from "../runtime/Actors.ts"
import { NodeState } from "./NodeState.ts"
import { decodeProbe, encodeProbeReply, type NodeFigures, probeUnread, probeWithoutId } from "./ProbeWire.ts"

const mebibyte = 1024 * 1024

const iso = (millis: number): string => new Date(millis).toISOString()

/** Of the control plane's list and of every other task: what is to run counts, and what its last run came to. */
export const countTasks = (
  instances: ReadonlyArray<TaskInstance>,
  states: ReadonlyMap<string, TaskState>,
) => {
  const stats = { total: 0, running: 0, pending: 0, stopped: 0, error: 0 }
  const running: Array<string> = []
  const add = (id: string, state: TaskState): void => {
    stats.total++
    if (state === "running") running.push(id)
    if (state === "running" || state === "pending" || state === "stopped") stats[state]++
    else if (state === "failed" || state === "partial") stats.error++
  }
  const listed = new Set<string>()
  for (const { invalid, task_id } of instances) {
    listed.add(task_id)
    add(task_id, states.get(task_id) ?? (invalid === 0 ? "pending" : "stopped"))
  }
  for (const [id, state] of states) if (!listed.has(id)) add(id, state)
  return { stats, running }
}

/** How this node fares: its tasks, and what it says of itself to whoever asks. */
export const nodeFigures = Effect.gen(function* () {
  const state = yield* NodeState
  const tasks = yield* Tasks
  const reading = yield* (yield* ProcessStats).read
  const rows = yield* Effect.orElseSucceed(tasks.list(), () => [])
  const counted = countTasks(
    yield* tasks.instances,
    new Map(rows.map(({ spec, state }) => [spec.id, state] as const)),
  )
  const work = yield* state.work
  const done = work.succeeded + work.failed
  const figures: NodeFigures = {
    cpu: reading.uptimeSeconds === 0 ? 0 : (100 * reading.cpuSeconds) / reading.uptimeSeconds,
    memoryMiB: reading.residentBytes / mebibyte,
    taskCount: counted.stats.total,
    successRate: done === 0 ? 0 : work.succeeded / done,
    errors: work.failed,
    lastError: work.lastError,
  }
  return { ...counted, figures }
})

/** What the control plane asks a node: who it is, what it has, how it fares. */
export const probeFacts = Effect.gen(function* () {
  const state = yield* NodeState
  const { identity } = state
  if (identity.id === undefined) return undefined
  const actors = yield* Actors
  const plugin = yield* Effect.serviceOption(Plugin)
  const now = yield* Clock.currentTimeMillis
  const { figures, running, stats } = yield* nodeFigures
  const { server } = yield* state.addresses
  const heartbeats = yield* state.heartbeats
  return encodeProbeReply({
    nodeId: identity.id,
    version: identity.version,
    os: identity.os,
    arch: identity.arch,
    engine: identity.engine,
    cpus: identity.cpus,
    plugin: Option.getOrUndefined(Option.map(plugin, ({ name }) => name)),
    tasks: stats,
    runningTasks: running,
    figures,
    actors: (yield* actors.list).length,
    lastReport: iso(heartbeats.lastReport ?? now),
    reports: heartbeats.reports,
    reportErrors: heartbeats.errors,
    serverIp: server?.ip ?? "",
    serverPort: server?.port ?? 0,
    now: iso(now),
  })
})

/** Takes the addresses of a probe and answers it; no body at all is no probe. */
export const probe = Effect.fn("Node.probe")(function* (body: string) {
  const said = decodeProbe(body)
  if ("objection" in said) return { status: 400, body: probeUnread(said.objection) }
  const state = yield* NodeState
  if (yield* state.learn(said)) {
    const { server, storageUrl } = yield* state.addresses
    yield* Effect.logInfo(
      `a probe brought addresses: control plane ${server?.origin ?? "unknown"}, storage ${storageUrl === "" ? "unknown" : storageUrl}`,
    )
  }
  const answer = yield* probeFacts
  return { status: 200, body: answer ?? probeWithoutId }
})

/** `POST /probe`. */
export const probeHandler = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const { body, status } = yield* probe(yield* request.text)
  return HttpServerResponse.jsonUnsafe(body, { status })
})
