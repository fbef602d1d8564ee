import { Schema } from "effect"
import {
  HttpApi,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema,
  OpenApi,
} from "effect/http-api"
import { recordTypes } from "../domain/DataType.ts"
import { BadRequest, NotReady, Unavailable, VenueNotFound } from "./ApiErrors.ts"
import { Health, InstrumentView, Ready, Stats, Status } from "./ApiSchema.ts"
import { Steered, Subscription, SubscriptionAnswer, SubscriptionView } from "./SubscriptionSchema.ts"
import { taskEndpoints } from "./tasks/TaskApi.ts"
import { ContinuityParameters, ContinuityView } from "./continuity/ViewSchema.ts"
import { TaskAnswer, TaskEvent } from "./TaskSchema.ts"

/** Turns what a request's schemas refuse into a `BadRequest` that says where and what was expected. */
export class ExplainsRequests extends HttpApiMiddleware.Service<ExplainsRequests>()(
  "millrace/edge/ExplainsRequests",
  { error: BadRequest },
) {}

const describe = (summary: string, description?: string) =>
  OpenApi.annotations({ summary, ...(description === undefined ? {} : { description }) })

export const Probes = HttpApiGroup.make("probes", { topLevel: true })
  .add(
    HttpApiEndpoint.get("health", "/health", { success: Health }).annotateMerge(
      describe("Liveness", "200 while the process can answer."),
    ),
    HttpApiEndpoint.get("ready", "/ready", { success: Ready, error: NotReady }).annotateMerge(
      describe(
        "Readiness",
        "200 when the work can be done (streams live, sinks accepting; tasks given out), else 503 with the reasons.",
      ),
    ),
    HttpApiEndpoint.get("metrics", "/metrics", {
      success: Schema.String.pipe(
        HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" }),
      ),
    }).annotateMerge(describe("Metrics", "Prometheus' text format; see docs/METRICS.md.")),
  )
  .annotateMerge(OpenApi.annotations({ title: "Probes", description: "For orchestrators and monitoring." }))

const RequestBody = Schema.Union([Subscription, Schema.Array(Subscription)])

const Collecting = HttpApiGroup.make("collection", { topLevel: true })
  .add(
    HttpApiEndpoint.get("status", "/status", { success: Status, error: Unavailable }).annotateMerge(
      describe(
        "Everything at one moment",
        "Actors, venues, streams, sinks, cursors, gaps and the accounting identities.",
      ),
    ),
    HttpApiEndpoint.get("stats", "/stats", { success: Stats, error: Unavailable }).annotateMerge(
      describe(
        "Figures",
        "Totals since the start, latency over the last minute or two, throughput over ten seconds.",
      ),
    ),
    HttpApiEndpoint.get("continuity", "/continuity", {
      query: ContinuityParameters,
      success: ContinuityView,
      error: [BadRequest, Unavailable],
    }).annotateMerge(
      describe(
        "What came and what is missing",
        "Completeness per stream within a window: received, repaired, missing, and each gap with its cause and state. `/continuity` is the same for people; docs/CONTINUITY.md says what the numbers mean.",
      ),
    ),
    HttpApiEndpoint.get("instruments", "/instruments", {
      query: {
        venue: Schema.optionalKey(Schema.String),
        pattern: Schema.optionalKey(Schema.String),
      },
      success: Schema.Array(InstrumentView),
      error: [BadRequest, VenueNotFound, Unavailable],
    }).annotateMerge(
      describe(
        "What the venues list",
        "Tick and lot size, what a contract is worth, what quantities count, status. `pattern` is one as in `symbols` (`*/USDT`, `option:BTC-*`), or one instrument in any spelling.",
      ),
    ),
    HttpApiEndpoint.get("subscriptions", "/subscriptions", {
      success: Schema.Array(SubscriptionView),
      error: Unavailable,
    }).annotateMerge(describe("What is subscribed, and who asked for it")),
    HttpApiEndpoint.post("subscribe", "/subscriptions", {
      payload: RequestBody,
      success: Schema.Array(SubscriptionAnswer),
      error: BadRequest,
    }).annotateMerge(
      describe("Subscribe", "One or a list of requests; an answer per stream. Kept over a restart."),
    ),
    HttpApiEndpoint.delete("unsubscribe", "/subscriptions", {
      payload: RequestBody,
      success: Schema.Array(SubscriptionAnswer),
      error: BadRequest,
    }).annotateMerge(describe("Unsubscribe", "One or a list of requests; an answer per stream.")),
    HttpApiEndpoint.post("steer", "/venues/:venue/:action", {
      params: { venue: Schema.String, action: Schema.Literals(["start", "stop", "restart"]) },
      success: Steered,
      error: VenueNotFound,
    }).annotateMerge(describe("Start, stop (draining) or restart a venue")),
    HttpApiEndpoint.get("records", "/records", {
      query: {
        venue: Schema.optionalKey(Schema.String),
        type: Schema.optionalKey(Schema.Literals(recordTypes)),
        symbol: Schema.optionalKey(Schema.String),
        limit: Schema.optionalKey(
          Schema.Int.check(Schema.isGreaterThan(0, { expected: "a whole number above 0" })),
        ),
      },
      success: HttpApiSchema.StreamUint8Array({ contentType: "application/x-ndjson" }),
    }).annotateMerge(
      describe("Records as they are accepted", "One record a line, until `limit` or until you hang up."),
    ),
  )
  .middleware(ExplainsRequests)
  .prefix("/api/v1")
  .annotateMerge(
    OpenApi.annotations({ title: "Collection", description: "Look at the collection and steer it." }),
  )

export const OnDemand = HttpApiGroup.make("tasks", { topLevel: true })
  .add(
    HttpApiEndpoint.post("task", "/task", { payload: TaskEvent, success: TaskAnswer }).annotateMerge(
      describe(
        "An event of tasks",
        "The actions on the task table and the events of a node, answered as a direct invocation is: docs/TASKS.md. 200 whenever the event was understood, `success` says whether it was done; 400 when it is no JSON, 413 above 1 MiB, 503 when the table cannot keep it or does not answer.",
      ),
    ),
  )
  .annotateMerge(OpenApi.annotations({ title: "Tasks", description: "Collection on demand." }))

export const TaskTable = HttpApiGroup.make("taskTable", { topLevel: true })
  .add(...taskEndpoints)
  .middleware(ExplainsRequests)
  .prefix("/api/v1")
  .annotateMerge(
    OpenApi.annotations({ title: "Task table", description: "Tasks as resources: docs/TASKS.md." }),
  )

/** The HTTP API of a running Millrace. `HttpApiClient.make(MillraceApi)` is its typed client. */
export const MillraceApi = HttpApi.make("millrace")
  .add(Probes, Collecting, OnDemand, TaskTable)
  .annotateMerge(
    OpenApi.annotations({
      title: "Millrace",
      description: "An actor-model streaming runtime and market-data collector. Nothing is lost silently.",
    }),
  )
