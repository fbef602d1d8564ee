import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder } from "effect/http-api"
import { Fleet, NodeDoor, PackageNotFound } from "./Api.ts"
import { ControlPlane } from "./ControlPlane.ts"
import { accepted, readReport, readStatus, refusal, writeOrders } from "./Wire.ts"

const json = (body: unknown, status = 200): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(body, { status })

const noNode = json(
  refusal(400, "node_id is missing or empty, or another field is of a type that the protocol does not know"),
)
const noStatus = json(refusal(400, "id, node_id and status are wanted: two texts and a whole number"))

/** The group `nodeDoor` of the API of that name: read by hand, since a node reads what it is answered by hand too. */
export const nodeHandlers = <const Id extends string>(apiId: Id) =>
  HttpApiBuilder.group(
    HttpApi.make(apiId).add(NodeDoor),
    "nodeDoor",
    Effect.fnUntraced(function* (handlers) {
      const { figures, heartbeat, status } = yield* ControlPlane

      /** What is refused is counted; what is no JSON is all that HTTP itself says. */
      const reading = (
        handle: (body: unknown) => Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined,
        refused: HttpServerResponse.HttpServerResponse,
        count: () => void,
      ) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const body = yield* Effect.option(request.json)
          const answer = body._tag === "None" ? undefined : handle(body.value)
          if (answer !== undefined) return yield* answer
          count()
          return body._tag === "None" ? json(refusal(400, "the body is no JSON"), 400) : refused
        })

      const beat = reading(
        (body) => {
          const report = readReport(body)
          return report === undefined
            ? undefined
            : Effect.map(heartbeat(report), (orders) => json(writeOrders(orders)))
        },
        noNode,
        () => figures.heartbeat("refused"),
      )
      const word = reading(
        (body) => {
          const report = readStatus(body)
          return report === undefined
            ? undefined
            : Effect.map(status(report), (objection) =>
                json(objection === undefined ? accepted : refusal(409, objection)),
              )
        },
        noStatus,
        () => figures.report("refused"),
      )
      return handlers
        .handleRaw("heartbeat", () => beat)
        .handleRaw("register", () => beat)
        .handleRaw("report", () => word)
    }),
  )

/** The group `fleet` of the API of that name. */
export const fleetHandlers = <const Id extends string>(apiId: Id) =>
  HttpApiBuilder.group(
    HttpApi.make(apiId).add(Fleet),
    "fleet",
    Effect.fnUntraced(function* (handlers) {
      const control = yield* ControlPlane
      return handlers
        .handle("nodes", () => control.nodes)
        .handle("instances", () =>
          Effect.map(control.instances, (instances) =>
            instances.map(({ owner, ruleId, ...instance }) => ({
              ...instance,
              taskId: ruleId,
              ...(owner === undefined ? {} : { owner }),
            })),
          ),
        )
        .handle("packages", () =>
          Effect.map(control.packages.list, (packages) =>
            packages.map(({ modifiedAt, ...file }) => ({
              ...file,
              ...(modifiedAt === undefined ? {} : { modifiedAt }),
            })),
          ),
        )
        .handleRaw(
          "package",
          Effect.fnUntraced(function* ({ params: { file } }) {
            const path = yield* control.packages.path(file)
            if (path === undefined)
              return yield* new PackageNotFound({
                error: `there is no package ${file}; /api/v1/packages lists them`,
              })
            return yield* Effect.orDie(HttpServerResponse.file(path, { contentType: "application/zip" }))
          }),
        )
    }),
  )
