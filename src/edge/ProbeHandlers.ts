import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { Collection } from "../../services/Collection.ts"
import { MillraceApi } from "./Api.ts"
import { NotReady } from "./ApiErrors.ts"
import { reasonsOf } from "./Ask.ts"
import { EdgeInfo } from "./EdgeInfo.ts"

/** `/health`, `/ready`, `/metrics`. */
export const probeHandlers = HttpApiBuilder.group(
  MillraceApi,
  "probes",
  Effect.fnUntraced(function* (handlers) {
    const collection = yield* Collection
    const info = yield* EdgeInfo
    return handlers.handleAll({
      health: () => Effect.succeed({ status: "ok" as const, version: info.version }),
      ready: Effect.fnUntraced(function* () {
        const reasons = yield* reasonsOf(collection.unready)
        if (reasons.length > 0) return yield* new NotReady({ ready: false, reasons })
        return { ready: true as const, reasons }
      }),
      metrics: () => Effect.andThen(info.refresh, PrometheusMetrics.format()),
    })
  }),
)
