import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { PlaneCheckpoint } from "../../domain/TaskInstance.ts"
import { heartbeatPath, registerPath, statusPath } from "./Paths.ts"
import { Heartbeat, Status } from "./Wire.ts"

/** What a control plane shows, for its API's description and its typed client. */

const optional = Schema.optionalKey
const Fields = Schema.Record(Schema.String, Schema.Unknown)

export const NodeView = Schema.Struct({
  nodeId: Schema.String,
  nodeType: Schema.String,
  /** By how long ago it was heard. */
  presence: Schema.Literals(["online", "late", "offline"]),
  version: Schema.String,
  region: optional(Schema.String),
  namespace: optional(Schema.String),
  capabilities: Schema.Array(Schema.String).annotateKey({
    description: "The data types that it can collect; empty: it is given anything",
  }),
  sources: optional(Schema.Array(Schema.String)).annotateKey({
    description: "What it can collect from; absent: it has a plugin, which may know any",
  }),
  instances: Schema.Int.annotateKey({ description: "Task instances that it has" }),
  current: Schema.Boolean.annotateKey({ description: "Whether it holds the list that it is to have" }),
  tasksMd5: Schema.String,
  metrics: optional(Fields).annotateKey({
    description:
      "How it fares: cpu_usage (percent), memory_usage (MiB), task_count, success_rate, error_count, last_error",
  }),
  measuredBy: optional(Schema.Literals(["heartbeat", "probe"])),
  metadata: Fields,
  firstSeen: Schema.Finite,
  lastSeen: Schema.Finite,
  reports: Schema.Int,
}).annotate({ identifier: "Node" })

export const InstanceShown = Schema.Struct({
  id: Schema.String,
  taskId: Schema.String,
  state: Schema.Literals(["waiting", "given", "done", "failed"]),
  owner: optional(Schema.String),
  epoch: Schema.Int.annotateKey({ description: "One more with each owner" }),
  number: Schema.Int,
  capability: Schema.String,
  source: Schema.String,
  waits: optional(Schema.String).annotateKey({ description: "Why nobody has it" }),
  params: Schema.String.annotateKey({ description: "JSON, as its node is given it" }),
  outcome: optional(
    Schema.Struct({
      node: Schema.String,
      status: Schema.Int,
      result: Schema.String,
      at: Schema.Finite,
    }),
  ).annotateKey({ description: "What its node said last: 2 done, 4 failed" }),
  checkpoints: optional(Schema.Array(PlaneCheckpoint)).annotateKey({
    description: "Where its node has come to with it, where that is one of Millrace's own collectors",
  }),
}).annotate({ identifier: "TaskInstance" })

export const PackageView = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  file: Schema.String,
  bytes: Schema.Int,
  modifiedAt: optional(Schema.Finite),
  current: Schema.Boolean.annotateKey({ description: "Whether nodes are to have this version" }),
}).annotate({ identifier: "Package" })

/** No such package. */
export class PackageNotFound extends Schema.TaggedError<PackageNotFound>()(
  "PackageNotFound",
  { error: Schema.String },
  { httpApiStatus: 404, description: "No such package." },
) {
  override get message(): string {
    return this.error
  }
}

const describe = (summary: string, description?: string) =>
  OpenApi.annotations({ summary, ...(description === undefined ? {} : { description }) })

/** What people and programs ask. */
export const Fleet = HttpApiGroup.make("fleet", { topLevel: true })
  .add(
    HttpApiEndpoint.get("nodes", "/api/v1/nodes", { success: Schema.Array(NodeView) }).annotateMerge(
      describe(
        "The nodes that were heard",
        "By id, with how they fare and whether they hold the right list.",
      ),
    ),
    HttpApiEndpoint.get("instances", "/api/v1/instances", {
      success: Schema.Array(InstanceShown),
    }).annotateMerge(
      describe("Who runs what", "Each task's symbols, their owners, and what these said last."),
    ),
    HttpApiEndpoint.get("packages", "/api/v1/packages", {
      success: Schema.Array(PackageView),
    }).annotateMerge(describe("The packages that nodes may fetch")),
    HttpApiEndpoint.get("package", "/packages/:file", {
      params: { file: Schema.String },
      success: HttpApiSchema.StreamUint8Array({ contentType: "application/zip" }),
      error: PackageNotFound,
    }).annotateMerge(describe("One package")),
  )
  .annotateMerge(OpenApi.annotations({ title: "Fleet", description: "Nodes, and what they run." }))

const Answer = Schema.Struct({
  code: Schema.Int,
  message: Schema.String,
  data: Schema.Array(Schema.Unknown),
})

const said = { success: Answer }

/** What nodes speak to, as they always have. */
export const NodeDoor = HttpApiGroup.make("nodeDoor", { topLevel: true })
  .add(
    HttpApiEndpoint.post("heartbeat", heartbeatPath, { payload: Heartbeat, ...said }).annotateMerge(
      describe(
        "A heartbeat",
        "Answered with the version that the node is to have and, where its `tasks_md5` is another than it should be, its whole list. HTTP 200 whatever the answer: `code` says whether it was understood.",
      ),
    ),
    HttpApiEndpoint.post("register", registerPath, { payload: Heartbeat, ...said }).annotateMerge(
      describe("A registration", "The same words, before the first heartbeat; answered alike."),
    ),
    HttpApiEndpoint.post("report", statusPath, { payload: Status, ...said }).annotateMerge(
      describe(
        "A word on a task",
        "Counts where it comes from the node that runs the instance; another's is answered with code 409 and changes nothing.",
      ),
    ),
  )
  .annotateMerge(OpenApi.annotations({ title: "Nodes", description: "The protocol of nodes." }))
