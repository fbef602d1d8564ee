import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Clock, Context, Deferred, Duration, Effect, Layer } from "effect"
import { join } from "node:path"
import * as Sqlite from "../../layers/task-store/Sqlite.ts"
import * as NodeProcess from "../../layers/process/NodeProcess.ts"
import type { ControlConfig } from "../../services/ControlConfig.ts"
import { Metrics } from "../../services/Metrics.ts"
import { AppConfig } from "../config/AppConfig.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import type { TimeZone } from "../domain/cron/TimeZone.ts"
import { refresherOf } from "../edge/Edge.ts"
import { EdgeInfo } from "../edge/EdgeInfo.ts"
import { metricsRoutes } from "../edge/Routes.ts"
import { makeRefresh } from "../edge/Scrape.ts"
import { serve } from "../edge/Serving.ts"
import { ControlPlane, layer as controlLayer, planeLayer } from "../nodes/control/ControlPlane.ts"
import * as FleetRunner from "../nodes/control/FleetRunner.ts"
import { Reach } from "../nodes/control/Reach.ts"
import type { Self } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"
import { supervise } from "../runtime/Supervisor.ts"
import type { SupervisorError } from "../runtime/SupervisorError.ts"
import { mostTasks } from "../tasks/Checks.ts"
import * as Door from "../tasks/doors/Door.ts"
import * as TaskTable from "../tasks/TaskTable.ts"
import { controlRoutes } from "./ControlApi.ts"
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

/** What is scraped: what every process has, and the fleet's own. */
const refresh = Effect.map(Effect.all([makeRefresh, ControlPlane]), ([common, { census }]) =>
  Effect.andThen(common.refresh, census),
)

const info = (version: string) =>
  Layer.effect(
    EdgeInfo,
    Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis
      return EdgeInfo.of({ version, startedAt, notBuilt: [], refresh: yield* refresh })
    }),
  )

/** The server: nodes and people come here. */
const api = ({ server }: MillraceConfig) =>
  Effect.fnUntraced(function* (self: Self) {
    const { listening } = yield* ControlPlane
    return yield* serve(self, {
      routes: controlRoutes,
      address: server,
      setting: "server.port",
      meanwhile: "No node can report",
      onListening: (url) =>
        Effect.andThen(
          listening(url),
          Effect.logInfo(`control plane on ${url}, its API's page at ${url}/docs`),
        ),
    })
  })

/** A port for metrics alone, where one is asked for. */
const metrics = ({ server, telemetry: { prometheus } }: MillraceConfig) =>
  prometheus === undefined
    ? []
    : [
        {
          id: "metrics",
          run: (self: Self) =>
            serve(self, {
              routes: metricsRoutes,
              address: { host: prometheus.host ?? server.host, port: prometheus.port },
              setting: "telemetry.prometheus.port",
              meanwhile: "Everything else goes on",
              onListening: (url) => Effect.logInfo(`metrics on ${url}/metrics`),
            }),
        },
      ]

const make = Effect.gen(function* () {
  const { config } = yield* AppConfig
  const { children } = yield* ControlPlane
  const failed = yield* Deferred.make<never, SupervisorError>()
  const run = (self: Self) =>
    supervise(self, {}, [
      { id: "api", run: api(config) },
      ...metrics(config),
      ...(config.telemetry.otlpEndpoint === undefined ? [] : [refresherOf(refresh)]),
      { id: "fleet", run: (own) => supervise(own, {}, children) },
    ])
  yield* rootTree("control", run, failed)
  return RunningControl.of({ failure: Deferred.await(failed) })
})

export interface ControlOptions {
  /** What `GET /health` says. */
  readonly version: string
}

/** A control plane: at work once the layer is built, until its scope closes. */
export const layer = ({ version }: ControlOptions) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { control, system } = (yield* AppConfig).config
      const zone = yield* zoneOf(system)
      return Layer.effect(RunningControl, make).pipe(
        Layer.provideMerge(info(version)),
        Layer.provideMerge(Door.layer({ timeZone: zone })),
        Layer.provideMerge(controlLayer(control)),
        Layer.provideMerge(tasks(control, zone)),
        Layer.provideMerge(planeLayer(control, join(control.path, "assignments.json"))),
        Layer.provide(Reach.layer),
        Layer.provide(NodeHttpClient.layerNodeHttp),
        Layer.provide(NodeHttpServer.layerHttpServices),
        Layer.provideMerge(Layer.merge(Actors.layer, NodeProcess.layer)),
        Layer.provideMerge(Metrics.layer),
      )
    }),
  )
