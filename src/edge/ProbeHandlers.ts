import { Effect } from "effect"
import { HttpApi, HttpApiBuilder } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { Probes } from "./Api.ts"
import { NotReady } from "./ApiErrors.ts"
import { reasonsOf } from "./Ask.ts"
import { EdgeInfo } from "./EdgeInfo.ts"

/** `/health`, `/ready`, `/metrics` of the API of that name. `unready`: why not; empty when it is. */
export const probeHandlers = <const Id extends string, R>(
  apiId: Id,
  unready: Effect.Effect<Effect.Effect<ReadonlyArray<string>>, never, R>,
) =>
  HttpApiBuilder.group(
    HttpApi.make(apiId).add(Probes),
    "probes",
    Effect.fnUntraced(function* (handlers) {
      const reasonsNow = yield* unready
      const info = yield* EdgeInfo
      return handlers.handleAll({
        health: () => Effect.succeed({ status: "ok" as const, version: info.version }),
        ready: Effect.fnUntraced(function* () {
          const reasons = yield* reasonsOf(reasonsNow)
          if (reasons.length > 0) return yield* new NotReady({ ready: false, reasons })
          return { ready: true as const, reasons }
        }),
        metrics: () => Effect.andThen(info.refresh, PrometheusMetrics.format()),
      })
    }),
  )
