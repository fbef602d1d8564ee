import { Effect, Layer, Option, References } from "effect"
import type { HttpClient } from "effect/http"
import { availableParallelism } from "node:os"
import * as HttpPlugin from "../../layers/plugin/Http.ts"
import type { Plugin } from "../../services/Plugin.ts"
import { TaskDoor } from "../../services/TaskDoor.ts"
import type { Tasks } from "../../services/Tasks.ts"
import { Environment } from "../../services/Environment.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import type { Address } from "../edge/Server.ts"
import { serve } from "../edge/Serving.ts"
import { answerTask } from "../edge/TaskRoute.ts"
import { type DnsServices, dnsProxy } from "../nodes/dns/DnsProxy.ts"
import { type GatewayRoute, gatewayRoutes } from "../nodes/Gateway.ts"
import { NodeState } from "../nodes/NodeState.ts"
import * as OwnPlugin from "../nodes/OwnPlugin.ts"
import type { Self } from "../runtime/Actor.ts"
import type { ChildSpec } from "../runtime/ChildSpec.ts"

const goWords: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", win32: "windows" }
const inGo = (word: string): string => goWords[word] ?? word

/** What the platform calls this node; without a name it is known to no control plane. */
export const nodeId = Effect.map(
  Effect.service(Environment),
  (environment) => environment["SCF_FUNCTIONNAME"] || environment["TENCENTCLOUD_FUNCTIONNAME"] || undefined,
)

const identity = ({ system }: MillraceConfig) =>
  Effect.map(nodeId, (id) => {
    return {
      id,
      version: system?.version ?? "",
      os: inGo(process.platform),
      arch: inGo(process.arch),
      engine: `node${process.versions.node}`,
      cpus: availableParallelism(),
    }
  })

/** Every line of a node's log says whose it is. */
export const saidByNode = (config: MillraceConfig) =>
  Layer.effect(
    References.CurrentLogAnnotations,
    Effect.gen(function* () {
      const { id, version } = yield* identity(config)
      return {
        ...(yield* References.CurrentLogAnnotations),
        ...(id === undefined ? {} : { nodeID: id }),
        ...(version === "" ? {} : { version }),
      }
    }),
  )

/** Who this node is, and what the configuration says of addresses. */
export const stateLayer = (config: MillraceConfig) =>
  Layer.unwrap(
    Effect.map(identity(config), (who) =>
      NodeState.layer(who, {
        serverIp: config.heartbeat?.server_ip ?? "",
        serverPort: config.heartbeat?.server_port ?? 0,
        storageUrl: config.system?.storage_url ?? "",
      }),
    ),
  )

/** The plugin of section `adapter`; without it Millrace's own collectors. */
export const adapterLayer = ({
  adapter,
}: MillraceConfig): Layer.Layer<Plugin, never, HttpClient.HttpClient | Tasks> =>
  adapter === undefined
    ? OwnPlugin.layer
    : HttpPlugin.layer({
        name: adapter.name,
        url: adapter.url,
        readyTimeout: adapter.readyTimeout,
        maxAnswerBytes: adapter.maxAnswer,
        ...(adapter.heartbeatExtra === undefined ? {} : { heartbeatExtra: adapter.heartbeatExtra }),
      })

/** What keeps names resolved, where there are names. */
export const names = ({ dns_proxy }: MillraceConfig): ReadonlyArray<ChildSpec<DnsServices>> =>
  dns_proxy === undefined || dns_proxy.scheduled_domains.length === 0 ? [] : [dnsProxy(dns_proxy)]

/** The gateway's server, as an actor. */
export const gateway = (address: Address, mounted: ReadonlyArray<GatewayRoute>) => (self: Self) =>
  serve(self, {
    routes: gatewayRoutes(mounted),
    address,
    setting: "gateway.port",
    meanwhile: "Heartbeats and triggers go on",
    onListening: (url) => Effect.logInfo(`gateway on ${url}`),
  })

/** `POST /task`, as on every port: with a door, where there is a task table. */
export const taskRoute = (door: Option.Option<TaskDoor["Service"]>): GatewayRoute => ({
  method: "POST",
  path: "/task",
  handle: Option.match(door, {
    onNone: () => answerTask,
    onSome: (some) => Effect.provideService(answerTask, TaskDoor, some),
  }),
})
