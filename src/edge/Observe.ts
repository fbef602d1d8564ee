import { Cause, Effect } from "effect"
import { HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"

const routes = new Set([
  "/health",
  "/ready",
  "/metrics",
  "/docs",
  "/openapi.json",
  "/api/v1/status",
  "/api/v1/stats",
  "/api/v1/subscriptions",
  "/api/v1/continuity",
  "/continuity",
  "/api/v1/records",
  "/api/v1/tasks",
  "/api/v1/nodes",
  "/api/v1/instances",
  "/api/v1/packages",
  "/task",
])

/** Paths below which there are as many as there are things. */
const families = ["/api/v1/venues/", "/api/v1/tasks/", "/packages/", "/gateway/"] as const

/** The path as a tag: one of a closed list, whatever is asked for. */
const routeOf = (url: string): string => {
  const path = url.split(/[?#]/, 1)[0]!
  if (routes.has(path)) return path
  return families.find((family) => path.startsWith(family))?.slice(0, -1) ?? "other"
}

const notFound = ({
  method,
  url,
}: HttpServerRequest.HttpServerRequest): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(
    { error: `there is no ${method} ${url} here; /docs lists what there is` },
    { status: 404 },
  )

const broken = HttpServerResponse.jsonUnsafe(
  { error: "this request failed inside Millrace; the log says why" },
  { status: 500 },
)

/** Counts every request, answers what the router does not know, and logs what fails inside: once a minute per route. */
export const observe = Effect.map(Metrics, ({ series }) => {
  const limited = RateLimitedLog.make()
  return <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const route = routeOf(request.url)
      return app.pipe(
        Effect.catchCause((cause) => {
          if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
          const error = Cause.squash(cause)
          if (error instanceof HttpServerError.HttpServerError && error.reason._tag === "RouteNotFound") {
            return Effect.succeed(notFound(request))
          }
          return limited
            .log("Error", route, () => [`${request.method} ${route} failed: ${Cause.pretty(cause)}`])
            .pipe(Effect.as(broken))
        }),
        Effect.tap((response) =>
          Effect.sync(() => {
            const status = `${Math.floor(response.status / 100)}xx`
            series.counter(catalog.apiRequests, { route, status }).add(1)
          }),
        ),
      )
    })
})
