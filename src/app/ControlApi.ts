import { Effect, Layer } from "effect"
import { HttpApi, HttpApiBuilder, OpenApi } from "effect/http-api"
import { OnDemand, Probes, TaskTable } from "../edge/Api.ts"
import { docsOf } from "../edge/Docs.ts"
import { probeHandlers } from "../edge/ProbeHandlers.ts"
import { explainsRequests } from "../edge/Requests.ts"
import { taskTableHandlers } from "../edge/tasks/TaskHandlers.ts"
import { taskHandlers } from "../edge/TaskRoute.ts"
import { Fleet, NodeDoor } from "../nodes/control/Api.ts"
import { ControlPlane } from "../nodes/control/ControlPlane.ts"
import { fleetHandlers, nodeHandlers } from "../nodes/control/Handlers.ts"

const id = "millrace-control"

/** The HTTP API of a control plane. `HttpApiClient.make(ControlApi)` is its typed client. */
export const ControlApi = HttpApi.make(id)
  .add(Probes, Fleet, NodeDoor, OnDemand, TaskTable)
  .annotateMerge(
    OpenApi.annotations({
      title: "Millrace control plane",
      description: "Gives tasks to nodes, and to other nodes when these are gone; never to two at once.",
    }),
  )

/** Everything on the control plane's port. */
export const controlRoutes = Layer.merge(
  HttpApiBuilder.layer(ControlApi, { openapiPath: "/openapi.json" }).pipe(
    Layer.provide([
      probeHandlers(
        id,
        Effect.map(ControlPlane, ({ unready }) => unready),
      ),
      fleetHandlers(id),
      nodeHandlers(id),
      taskHandlers(id),
      taskTableHandlers(id),
    ]),
    Layer.provide(explainsRequests),
  ),
  docsOf(ControlApi),
)
