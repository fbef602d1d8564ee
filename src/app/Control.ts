import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Deferred, Duration, Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { join } from "node:path"
import * as Sqlite from "../../layers/task-store/Sqlite.ts"
import type { ControlConfig } from "../../services/ControlConfig.ts"
import { AppConfig } from "../config/AppConfig.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import type { TimeZone } from "../domain/cron/TimeZone.ts"
import { serve } from "../edge/Serving.ts"
import { answerTask } from "../edge/TaskRoute.ts"
import { ControlPlane, layer as controlLayer, planeLayer } from "../nodes/control/ControlPlane.ts"
import * as FleetRunner from "../nodes/control/FleetRunner.ts"
import { Reach } from "../nodes/control/Reach.ts"
import { controlRoutes } from "../nodes/control/Routes.ts"
import type { Self } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"
import { supervise } from "../runtime/Supervisor.ts"
import type { SupervisorError } from "../runtime/SupervisorError.ts"
import { mostTasks } from "../tasks/Checks.ts"
import * as Door from "../tasks/doors/Door.ts"
import * as TaskTable from "../tasks/TaskTable.ts"
import { rootTree } from "./RootTree.ts"
import { zoneOf } from "./TaskTable.ts"

/** A control plane at work. */
export class RunningControl extends Context.Service<
  RunningControl,
  {
    /** Ends only by failing. */
    readonly failure: Effect.Effect<never, SupervisorError>
  }
>()("millrace/app/RunningControl") {}

/** Finished tasks are looked up for so long. */
const retention = Duration.days(30)

/** The table of the tasks that nodes are given: all of them at once, since nodes do the work. */
const tasks = ({ path }: ControlConfig, zone: TimeZone) =>
  TaskTable.layer({
    concurrency: mostTasks,
    perSource: mostTasks,
    timers: true,
    retries: "elsewhere",
    zone,
    retentionMillis: Duration.toMillis(retention),
    file: [],
    plane: { runs: false, heldAtStart: true },
  }).pipe(Layer.provide(FleetRunner.layer), Layer.provide(Sqlite.layer({ path: join(path, "tasks.db") })))

/** `POST /task` and `/metrics`, as a collector has them. */
const commonRoutes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    yield* router.add("POST", "/task", answerTask)
    const scrape = Effect.map(PrometheusMetrics.format(), (text) =>
      HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" }),
    )
    yield* router.add("GET", "/metrics", scrape)
  }),
)

/** The server: nodes and people come here. */
const api = ({ server }: MillraceConfig) =>
  Effect.fnUntraced(function* (self: Self) {
    const { listening } = yield* ControlPlane
    return yield* serve(self, {
      routes: Layer.merge(controlRoutes, commonRoutes),
      address: server,
      setting: "server.port",
      meanwhile: "No node can report",
      onListening: (url) => Effect.andThen(listening(url), Effect.logInfo(`control plane on ${url}`)),
    })
  })

const make = Effect.gen(function* () {
  const { config } = yield* AppConfig
  const { children } = yield* ControlPlane
  const failed = yield* Deferred.make<never, SupervisorError>()
  const run = (self: Self) =>
    supervise(self, {}, [
      { id: "api", run: api(config) },
      { id: "fleet", run: (own) => supervise(own, {}, children) },
    ])
  yield* rootTree("control", run, failed)
  return RunningControl.of({ failure: Deferred.await(failed) })
})

/** A control plane: at work once the layer is built, until its scope closes. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { control, system } = (yield* AppConfig).config
    const zone = yield* zoneOf(system)
    return Layer.effect(RunningControl, make).pipe(
      Layer.provideMerge(Door.layer({ timeZone: zone })),
      Layer.provideMerge(controlLayer(control)),
      Layer.provideMerge(tasks(control, zone)),
      Layer.provideMerge(planeLayer(control, join(control.path, "assignments.json"))),
      Layer.provide(Reach.layer),
      Layer.provide(NodeHttpClient.layerNodeHttp),
      Layer.provide(NodeHttpServer.layerHttpServices),
      Layer.provideMerge(Actors.layer),
    )
  }),
)
