import { Option, Schema } from "effect"
import { PlaneCheckpoint, type TaskInstance } from "../../domain/TaskInstance.ts"
import type { NodeReport } from "./Registry.ts"

/** The node protocol as the control plane reads and writes it. What a node adds is kept; what it leaves out is empty. */

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))
const Fields = Schema.Record(Schema.String, Schema.Unknown)

export const Heartbeat = Schema.Struct({
  node_id: Schema.NonEmptyString,
  node_type: Text,
  tasks_md5: Text,
  running_version: Text,
  region: Text,
  namespace: Text,
  capabilities: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))),
  /** What it can collect from; a node with a plugin does not say. */
  sources: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))),
  metadata: Schema.optionalKey(Schema.NullOr(Fields)),
  metrics: Schema.optionalKey(Schema.NullOr(Fields)),
  checkpoints: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Unknown))),
})

const checkpointOf = Schema.decodeUnknownOption(PlaneCheckpoint)

/** Of a heartbeat and of a registration. `undefined`: it names no node. */
export const readReport = (body: unknown): NodeReport | undefined => {
  const read = Option.getOrUndefined(Schema.decodeUnknownOption(Heartbeat)(body))
  if (read === undefined) return undefined
  const metadata = read.metadata ?? {}
  const version = read.running_version ?? metadata["version"]
  const place = (key: "region" | "namespace") => {
    const said = read[key] ?? metadata[key]
    return typeof said === "string" && said !== "" ? { [key]: said } : {}
  }
  return {
    nodeId: read.node_id,
    nodeType: read.node_type ?? "",
    ...place("region"),
    ...place("namespace"),
    ...(read.capabilities === undefined || read.capabilities === null
      ? {}
      : { capabilities: read.capabilities }),
    ...(read.sources === undefined || read.sources === null ? {} : { sources: read.sources }),
    tasksMd5: read.tasks_md5 ?? "",
    version: typeof version === "string" ? version : "",
    metadata,
    checkpoints: (read.checkpoints ?? []).flatMap((each) => Option.toArray(checkpointOf(each))),
    ...(read.metrics === undefined || read.metrics === null ? {} : { metrics: read.metrics }),
  }
}

const ProbeAnswer = Schema.Struct({
  success: Schema.Literal(true),
  data: Schema.Struct({ details: Schema.Struct({ metrics: Fields }) }),
})

/** How a node fares, of its answer to a probe. `undefined`: it does not say. */
export const readProbeMetrics = (answer: unknown): Readonly<Record<string, unknown>> | undefined =>
  Option.getOrUndefined(Schema.decodeUnknownOption(ProbeAnswer)(answer))?.data.details.metrics

export const Status = Schema.Struct({
  id: Schema.NonEmptyString,
  node_id: Schema.NonEmptyString,
  status: Schema.Int,
  result: Text,
})

/** What a node says of an instance that it has done; what it says of others that have ended is less. */
export const done = 2

/** Whether it has ended: 0 waits, 1 runs. What no number of the protocol is counts as failed. */
export const isEnd = (status: number): boolean => status !== 0 && status !== 1

export interface StatusReport {
  readonly taskId: string
  readonly nodeId: string
  /** 0 waits, 1 runs, 2 done, 3 a part, 4 failed. */
  readonly status: number
  readonly result: string
}

export const readStatus = (body: unknown): StatusReport | undefined => {
  const read = Option.getOrUndefined(Schema.decodeUnknownOption(Status)(body))
  return read === undefined
    ? undefined
    : { taskId: read.id, nodeId: read.node_id, status: read.status, result: read.result ?? "" }
}

/** What a node is told in answer to a heartbeat. */
export interface Orders {
  /** Empty: any will do. */
  readonly packageVersion: string
  /** Of the list that the node is to have. */
  readonly tasksMd5: string
  /** Empty while the node has that list already. */
  readonly instances: ReadonlyArray<TaskInstance>
  /** How long it may run them without another answer. */
  readonly leaseSeconds: number
}

const answer = (code: number, message: string, data: ReadonlyArray<unknown>) => ({ code, message, data })

export const writeOrders = ({ instances, leaseSeconds, packageVersion, tasksMd5 }: Orders) =>
  answer(200, "success", [
    {
      package_version: packageVersion,
      task_instances: instances,
      tasks_md5: tasksMd5,
      lease_seconds: leaseSeconds,
    },
  ])

export const accepted = answer(200, "success", [])

/** Said with HTTP status 200: nodes try again what has another one, and this would be refused again. */
export const refusal = (code: 400 | 409, message: string) => answer(code, message, [])
