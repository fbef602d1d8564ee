import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Clock, Effect, Layer, Schedule } from "effect"
import type { Collection } from "../../services/Collection.ts"
import type { Metrics } from "../../services/Metrics.ts"
import type { ProcessStats } from "../../services/ProcessStats.ts"
import type { Tap } from "../../services/Tap.ts"
import type { Self } from "../runtime/Actor.ts"
import type { Actors } from "../runtime/Actors.ts"
import type { ChildSpec } from "../runtime/ChildSpec.ts"
import { EdgeInfo } from "./EdgeInfo.ts"
import { isLoopback } from "./Guard.ts"
import { apiRoutes, metricsRoutes } from "./Routes.ts"
import { makeRefresh } from "./Scrape.ts"
import type { Address } from "./Server.ts"
import { serve } from "./Serving.ts"

export interface EdgeOptions {
  readonly version: string
  /** Enabled parts that this version does not have, for the status. */
  readonly notBuilt: ReadonlyArray<string>
  /** Section `server`. */
  readonly server: Address
  /** `telemetry.prometheus`, its host filled in. */
  readonly prometheus?: Address
  /** Whether metrics are exported: the series read from elsewhere are then kept fresh between scrapes. */
  readonly exporting: boolean
  /** Told each time a server listens: `http://127.0.0.1:8080`. */
  readonly onListening?: (server: "api" | "metrics", url: string) => Effect.Effect<void>
}

/** What the API speaks of. `Journal` is shown too where it is there. */
export type EdgeServices = Actors | Collection | Metrics | ProcessStats | Tap

/** Between two exports nobody scrapes: the series that are read from elsewhere are brought up to date this often. */
const refreshEvery = "5 seconds"

const settings = { api: "server.port", metrics: "telemetry.prometheus.port" } as const

type Name = keyof typeof settings

const greet = Effect.fnUntraced(function* (name: Name, { host }: Address, url: string) {
  if (name === "metrics") return yield* Effect.logInfo(`metrics on ${url}/metrics`)
  yield* Effect.logInfo(`API on ${url}, its page at ${url}/docs`)
  if (isLoopback(host)) return
  yield* Effect.logWarning(`whoever reaches ${url} can steer the collection: the API asks for no key`)
})

const serverOf = <R>(
  name: Name,
  self: Self,
  routes: Layer.Layer<never, never, R>,
  address: Address,
  options: EdgeOptions,
) =>
  serve(self, {
    routes,
    address,
    setting: settings[name],
    meanwhile: "Collection goes on",
    onListening: (url) =>
      Effect.andThen(greet(name, address, url), options.onListening?.(name, url) ?? Effect.void),
  })

const sameAddress = (left: Address, right: Address): boolean =>
  left.port !== 0 && left.port === right.port && left.host === right.host

/** Keeps the series that are read from elsewhere fresh where nobody scrapes them here, but an exporter takes them. */
export const refresherOf = <R>(make: Effect.Effect<Effect.Effect<void>, never, R>): ChildSpec<R> => ({
  id: "refresh",
  run: Effect.fnUntraced(function* (self) {
    const refresh = yield* make
    yield* self.ready
    return yield* Effect.repeat(refresh, Schedule.spaced(refreshEvery))
  }),
})

export const refresher: ChildSpec<EdgeServices> = refresherOf(
  Effect.map(makeRefresh, ({ refresh }) => refresh),
)

/**
 * The children of the `edge` supervisor: the API, a port for metrics where one is asked for, and what keeps exported
 * metrics fresh. They hold no state: each may be restarted alone.
 */
export const children = (options: EdgeOptions): ReadonlyArray<ChildSpec<EdgeServices>> => {
  // Of the instance, not of the server, which may be restarted.
  let startedAt: number | undefined
  const info = Layer.effect(
    EdgeInfo,
    Effect.gen(function* () {
      startedAt ??= yield* Clock.currentTimeMillis
      const { refresh } = yield* makeRefresh
      return EdgeInfo.of({ version: options.version, startedAt, notBuilt: options.notBuilt, refresh })
    }),
  )
  const services = Layer.merge(info, NodeHttpServer.layerHttpServices)
  const { prometheus, server } = options

  const api: ChildSpec<EdgeServices> = {
    id: "api",
    run: (self) => serverOf("api", self, apiRoutes, server, options).pipe(Effect.provide(services)),
  }
  const metrics = (address: Address): ChildSpec<EdgeServices> => ({
    id: "metrics",
    run: (self) => serverOf("metrics", self, metricsRoutes, address, options).pipe(Effect.provide(services)),
  })
  return [
    api,
    ...(prometheus === undefined || sameAddress(prometheus, server) ? [] : [metrics(prometheus)]),
    ...(options.exporting ? [refresher] : []),
  ]
}
