import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Deferred, Duration, Effect, type Exit, Fiber, Layer, Option, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { join } from "node:path"
import * as Sqlite from "../../layers/task-store/Sqlite.ts"
import { ControlConfig } from "../../services/ControlConfig.ts"
import { AppConfig } from "../config/AppConfig.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import { timeZone, utc } from "../domain/cron/TimeZone.ts"
import { listen } from "../edge/Server.ts"
import { answerTask } from "../edge/TaskRoute.ts"
import { ControlPlane, layer as controlLayer, planeLayer } from "../nodes/control/ControlPlane.ts"
import * as FleetRunner from "../nodes/control/FleetRunner.ts"
import { Reach } from "../nodes/control/Reach.ts"
import { controlRoutes } from "../nodes/control/Routes.ts"
import type { Self } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"
import * as Backoff from "../runtime/Backoff.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { root, supervise } from "../runtime/Supervisor.ts"
import type { SupervisorError } from "../runtime/SupervisorError.ts"
import { mostTasks } from "../tasks/Checks.ts"
import * as Door from "../tasks/doors/Door.ts"
import * as TaskTable from "../tasks/TaskTable.ts"
import { stopDeadline } from "./Tree.ts"

/** A control plane at work. */
export class RunningControl extends Context.Service<
  RunningControl,
  {
    /** Ends only by failing. */
    readonly failure: Effect.Effect<never, SupervisorError>
  }
>()("millrace/app/RunningControl") {}

/** What the section says, or its defaults: a control plane needs no configuration. */
const sectionOf = ({ control }: MillraceConfig): ControlConfig =>
  control ?? Schema.decodeUnknownSync(ControlConfig)({})

/** Finished tasks are looked up for so long. */
const retention = Duration.days(30)

/** The table of the tasks that nodes are given: all of them at once, since nodes do the work. */
const tasks = (config: MillraceConfig, { path }: ControlConfig) =>
  TaskTable.layer({
    concurrency: mostTasks,
    perSource: mostTasks,
    timers: true,
    zone: timeZone(config.system?.timeZone ?? "UTC") ?? utc,
    retentionMillis: Duration.toMillis(retention),
    file: [],
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

const relisten = Backoff.reconnect({ first: Duration.seconds(1), max: Duration.seconds(10) })

/** The server: nodes and people come here. */
const api = ({ server }: MillraceConfig) =>
  Effect.fnUntraced(function* (self: Self) {
    const control = yield* ControlPlane
    const limited = RateLimitedLog.make()
    const attempt = Effect.gen(function* () {
      const url = yield* listen(Layer.merge(controlRoutes, commonRoutes), server, "server.port")
      yield* self.ready
      yield* control.listening(url)
      yield* Effect.logInfo(`control plane on ${url}`)
      return yield* Effect.never
    })
    return yield* Effect.scoped(attempt).pipe(
      Effect.tapErrorTag("ListenError", (error) =>
        Effect.andThen(
          self.degraded(error.message),
          limited.log("Error", error.message, () => [`${error.message}; trying again`]),
        ),
      ),
      Effect.retry(relisten),
    )
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
  yield* Effect.acquireRelease(
    Effect.forkDetach(
      root("control", run).pipe(
        Effect.onExit((exit) => Deferred.done(failed, exit as Exit.Exit<never, SupervisorError>)),
      ),
    ),
    (running) =>
      Effect.timeoutOption(Fiber.interrupt(running), stopDeadline).pipe(
        Effect.flatMap((stopped) =>
          Option.isSome(stopped)
            ? Effect.logInfo("control plane stopped")
            : Effect.logError(
                `the control plane has not stopped within ${Duration.format(stopDeadline)}, leaving it as it is`,
              ),
        ),
      ),
  )
  return RunningControl.of({ failure: Deferred.await(failed) })
})

/** A control plane: at work once the layer is built, until its scope closes. */
export const layer = Layer.unwrap(
  Effect.map(AppConfig, ({ config }) => {
    const section = sectionOf(config)
    return Layer.effect(RunningControl, make).pipe(
      Layer.provideMerge(Door.layer({ timeZone: timeZone(config.system?.timeZone ?? "UTC") ?? utc })),
      Layer.provideMerge(controlLayer(section)),
      Layer.provideMerge(tasks(config, section)),
      Layer.provideMerge(planeLayer(section, join(section.path, "assignments.json"))),
      Layer.provide(Reach.layer),
      Layer.provide(NodeHttpClient.layerNodeHttp),
      Layer.provide(NodeHttpServer.layerHttpServices),
      Layer.provideMerge(Actors.layer),
    )
  }),
)
