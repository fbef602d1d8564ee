import { Option, Schema } from "effect"
import { parseExact } from "../domain/ExactJson.ts"
import { InstanceName, InstanceNumber, type TaskInstance } from "../domain/TaskInstance.ts"
import { noTasks } from "../domain/TasksDigest.ts"
import type { NodeIdentity } from "./NodeState.ts"

/** What a node and its control plane say to each other in a heartbeat. */

/** Keys in order, at every depth: control planes compare and log the text. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
      .map(([key, each]) => [key, sorted(each)]),
  )
}

/** The body of a heartbeat. What the plugin adds counts before what stands there already. */
export const encodeHeartbeat = (
  identity: NodeIdentity & { readonly id: string },
  tasksMd5: string,
  extra: Readonly<Record<string, unknown>>,
): string =>
  JSON.stringify(
    sorted({
      node_id: identity.id,
      node_type: "scf",
      tasks_md5: tasksMd5,
      metadata: {
        arch: identity.arch,
        go_version: identity.engine,
        os: identity.os,
        version: identity.version,
      },
      ...extra,
    }),
  )

const Reply = Schema.Struct({
  code: Schema.Int,
  message: Schema.optionalKey(Schema.String),
  data: Schema.optionalKey(Schema.Unknown),
})

/** What a control plane leaves out is what Go would take for it: nothing, or 0. */
const text = Schema.optionalKey(Schema.NullOr(Schema.String))

const Instance = Schema.Struct({
  id: Schema.optionalKey(Schema.NullOr(InstanceNumber)),
  task_id: InstanceName,
  rule_id: text,
  planned_exec_node: text,
  task_params: text,
  invalid: Schema.optionalKey(Schema.NullOr(Schema.Int)),
  extra: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown))),
})

const instanceOf = ({ extra, ...given }: typeof Instance.Type): TaskInstance => ({
  id: given.id ?? 0,
  task_id: given.task_id,
  rule_id: given.rule_id ?? "",
  planned_exec_node: given.planned_exec_node ?? "",
  task_params: given.task_params ?? "",
  invalid: given.invalid ?? 0,
  ...(extra === undefined || extra === null ? {} : { extra }),
})

const Assignment = Schema.Struct({
  package_version: Schema.optionalKey(Schema.NullOr(Schema.String)),
  task_instances: Schema.optionalKey(Schema.NullOr(Schema.Array(Instance))),
  tasks_md5: Schema.optionalKey(Schema.NullOr(Schema.String)),
  lease_seconds: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
})

/** What a control plane wants of a node. */
export interface Assigned {
  /** Empty: it has no opinion. */
  readonly packageVersion: string
  /** The whole list; `undefined`: the node keeps what it has. */
  readonly tasks: ReadonlyArray<TaskInstance> | undefined
  /** How long the node may run its tasks without another answer; 0: for ever. */
  readonly leaseSeconds: number
}

/** An answer that is not one: said, and not asked for again before the next heartbeat. */
export interface Objection {
  readonly objection: string
}

const decodeReply = Schema.decodeUnknownOption(Reply)
const decodeAssignment = Schema.decodeUnknownOption(Assignment)
const isInstance = Schema.is(Instance)

const listOf = ({ task_instances, tasks_md5 }: typeof Assignment.Type): Assigned["tasks"] => {
  if (tasks_md5 === "initializing") return undefined
  if (task_instances !== undefined && task_instances !== null && task_instances.length > 0)
    return task_instances.map(instanceOf)
  return tasks_md5 === noTasks ? [] : undefined
}

const shorten = (text: string): string =>
  text.trim() === "" ? "it is empty" : text.length > 200 ? `${text.slice(0, 200)}…` : text

/** What of it stands in the way: one instance in a list of thousands can be. */
const notUnderstood = (data: unknown): string => {
  const list = (data as { readonly task_instances?: unknown } | null)?.task_instances
  const index = Array.isArray(list) ? list.findIndex((each) => !isInstance(each)) : -1
  const [place, value] =
    Array.isArray(list) && index >= 0 ? [`.task_instances[${index}]`, list[index]] : ["", data]
  return `data[0]${place} is not understood: ${shorten(JSON.stringify(value))}`
}

/** Reads the body of an answer with HTTP status 200. */
export const decodeHeartbeatReply = (body: string): Assigned | Objection => {
  let parsed: unknown
  try {
    parsed = parseExact(body)
  } catch {
    return { objection: `its answer is no JSON: ${shorten(body)}` }
  }
  const reply = decodeReply(parsed)
  if (Option.isNone(reply)) return { objection: `its answer has no code: ${shorten(body)}` }
  const { code, data, message } = reply.value
  if (code !== 200) return { objection: `it answered code ${code}: ${message ?? ""}` }
  if (!Array.isArray(data)) return { objection: `data is no list: ${shorten(body)}` }
  if (data.length === 0) return { packageVersion: "", tasks: undefined, leaseSeconds: 0 }
  const assignment = decodeAssignment(data[0])
  if (Option.isNone(assignment)) return { objection: notUnderstood(data[0]) }
  const { lease_seconds, package_version } = assignment.value
  return {
    packageVersion: package_version ?? "",
    tasks: listOf(assignment.value),
    leaseSeconds: lease_seconds ?? 0,
  }
}

/** The body of a report on one task. */
export const encodeStatus = (nodeId: string, taskId: string, status: number, result: string): string =>
  JSON.stringify({ id: taskId, node_id: nodeId, status, result })
