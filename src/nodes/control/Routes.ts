import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { heartbeatPath, registerPath, statusPath } from "./Paths.ts"
import { ControlPlane } from "./ControlPlane.ts"
import { accepted, readReport, readStatus, refusal, writeOrders } from "./Wire.ts"

const json = (body: unknown, status = 200): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(body, { status })

/** The JSON of a request, or the answer to one that has none. */
const reading = (
  handle: (body: unknown) => Effect.Effect<HttpServerResponse.HttpServerResponse>,
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = yield* Effect.option(request.json)
    if (body._tag === "None") return json(refusal(400, "the body is no JSON"), 400)
    return yield* handle(body.value)
  })

const noNode = json(refusal(400, "node_id is missing or empty"))

/** What nodes speak to: by the paths and shapes that they have always spoken to. */
export const nodeRoutes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const control = yield* ControlPlane
    const heartbeat = reading((body) => {
      const report = readReport(body)
      return report === undefined
        ? Effect.succeed(noNode)
        : Effect.map(control.heartbeat(report), (orders) => json(writeOrders(orders)))
    })
    yield* router.add("POST", heartbeatPath, heartbeat)
    // What a node says of itself before its first heartbeat: the same words.
    yield* router.add("POST", registerPath, heartbeat)
    yield* router.add(
      "POST",
      statusPath,
      reading((body) => {
        const report = readStatus(body)
        if (report === undefined)
          return Effect.succeed(json(refusal(400, "id, node_id and status are wanted")))
        return Effect.map(control.status(report), (objection) =>
          json(objection === undefined ? accepted : refusal(409, objection)),
        )
      }),
    )
  }),
)

/** What people ask: nodes, who runs what, packages. */
export const peopleRoutes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const control = yield* ControlPlane
    yield* router.add("GET", "/health", Effect.succeed(json({ status: "healthy" })))
    yield* router.add(
      "GET",
      "/ready",
      Effect.map(control.unready, (reasons) =>
        json({ ready: reasons.length === 0, reasons }, reasons.length === 0 ? 200 : 503),
      ),
    )
    yield* router.add(
      "GET",
      "/api/v1/nodes",
      Effect.map(control.nodes, (nodes) => json(nodes)),
    )
    yield* router.add(
      "GET",
      "/api/v1/instances",
      Effect.map(control.instances, (instances) => json(instances)),
    )
    yield* router.add(
      "GET",
      "/api/v1/packages",
      Effect.map(control.packages.list, (packages) => json(packages)),
    )
    yield* router.add(
      "GET",
      "/packages/:file",
      Effect.gen(function* () {
        const { file = "" } = yield* HttpRouter.params
        const path = yield* control.packages.path(file)
        if (path === undefined)
          return json({ error: `there is no package ${file}; /api/v1/packages lists them` }, 404)
        return yield* HttpServerResponse.file(path, { contentType: "application/zip" })
      }),
    )
  }),
)

export const controlRoutes = Layer.mergeAll(nodeRoutes, peopleRoutes)
