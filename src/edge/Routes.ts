import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { Collection } from "../../services/Collection.ts"
import { MillraceApi } from "./Api.ts"
import { collectionHandlers } from "./CollectionHandlers.ts"
import { continuityPage } from "./continuity/Route.ts"
import { docsOf } from "./Docs.ts"
import { EdgeInfo } from "./EdgeInfo.ts"
import { probeHandlers } from "./ProbeHandlers.ts"
import { explainsRequests } from "./Requests.ts"
import { taskTableHandlers } from "./tasks/TaskHandlers.ts"
import { taskHandlers } from "./TaskRoute.ts"

/** Everything on `server.port`. */
export const apiRoutes = Layer.mergeAll(
  HttpApiBuilder.layer(MillraceApi, { openapiPath: "/openapi.json" }).pipe(
    Layer.provide([
      probeHandlers(
        MillraceApi.identifier,
        Effect.map(Collection, ({ unready }) => unready),
      ),
      collectionHandlers,
      taskHandlers(MillraceApi.identifier),
      taskTableHandlers(MillraceApi.identifier),
    ]),
    Layer.provide(explainsRequests),
  ),
  docsOf(MillraceApi),
  continuityPage,
)

/** The port of `telemetry.prometheus`: `GET /metrics` and nothing else. */
export const metricsRoutes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const { refresh } = yield* EdgeInfo
    const scrape = Effect.map(Effect.andThen(refresh, PrometheusMetrics.format()), (text) =>
      HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" }),
    )
    yield* router.add("GET", "/metrics", scrape)
  }),
)
