import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Context, Deferred, Duration, Effect, Layer } from "effect"
import * as NodeHttpForwarder from "../../layers/forwarder/NodeHttp.ts"
import * as NodeSockets from "../../layers/address-probe/NodeSockets.ts"
import * as NatsQueue from "../../layers/message-queue/Nats.ts"
import * as NodeDns from "../../layers/name-resolver/NodeDns.ts"
import { Plugin, type PluginError } from "../../services/Plugin.ts"
import { AppConfig } from "../config/AppConfig.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import { ControlPlane } from "../nodes/ControlPlane.ts"
import { layer as nodeControl, NodeEntrance } from "../nodes/Control.ts"
import { DnsRecords } from "../nodes/dns/DnsRecords.ts"
import { heartbeat, type VersionMismatch } from "../nodes/Heartbeat.ts"
import { leased } from "../nodes/Lease.ts"
import { NodeState } from "../nodes/NodeState.ts"
import { results } from "../nodes/OwnPlugin.ts"
import { pluginProcess } from "../nodes/PluginProcess.ts"
import { makeStatusReports } from "../nodes/StatusReports.ts"
import { makeRecordTrigger } from "../nodes/triggers/Record.ts"
import type { TriggerError } from "../nodes/triggers/Trigger.ts"
import { TaskDoor } from "../../services/TaskDoor.ts"
import { Tasks } from "../../services/Tasks.ts"
import type { Self } from "../runtime/Actor.ts"
import { supervise } from "../runtime/Supervisor.ts"
import type { SupervisorError } from "../runtime/SupervisorError.ts"
import { type CollectorOptions, layer as collectorLayer } from "./Collector.ts"
import { checkNode, type PluginOwner, readNode } from "./NodeCheck.ts"
import * as NodeLogs from "./NodeLogs.ts"
import { adapterLayer, gateway, names, saidByNode, stateLayer, taskRoute } from "./NodeParts.ts"
import { RecordTriggers, runTriggers, triggersOf } from "./NodeTriggers.ts"
import { rootTree } from "./RootTree.ts"

/** Why a node ends. */
export type NodeFailure = PluginError | TriggerError | VersionMismatch | SupervisorError

/** A node at work. */
export class RunningNode extends Context.Service<
  RunningNode,
  {
    /** Ends only by failing. */
    readonly failure: Effect.Effect<never, NodeFailure>
  }
>()("millrace/app/RunningNode") {}

/** Longer than the plugin may take, so that nothing is started before it is ready. */
const startMargin = Duration.seconds(30)

/** Of a plugin in this process, which has a limit of its own. */
const defaultReady = Duration.minutes(5)

const ownerOf = ({ adapter }: MillraceConfig, own: NodeOptions["plugin"]): PluginOwner =>
  own === undefined ? (adapter === undefined ? "millrace" : "adapter") : "application"

/** One node: it is at work when its plugin is ready, and stops with the scope, what is in hand first. */
const make = Effect.fnUntraced(function* (own: NodeOptions["plugin"]) {
  const { config } = yield* AppConfig
  const { settings, triggers: configured } = readNode(config)
  for (const warning of [...settings.warnings, ...configured.warnings]) yield* Effect.logWarning(warning)
  const whose = ownerOf(config, own)
  const plugin = yield* Plugin
  const state = yield* NodeState
  const failed = yield* Deferred.make<never, NodeFailure>()
  const reports = yield* makeStatusReports
  const fired = yield* triggersOf(configured, reports, whose)
  const routes = [taskRoute(yield* Effect.serviceOption(TaskDoor)), ...fired.routes]
  const adapter = whose === "adapter" ? config.adapter : undefined

  /** What no restart can mend ends the node; until it has, nothing that comes later starts. */
  const orEnd = <A, E extends NodeFailure, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(Effect.catch((error: E) => Effect.andThen(Deferred.fail(failed, error), Effect.never)))

  const ready = (self: Self) =>
    Effect.gen(function* () {
      yield* orEnd(plugin.ready)
      yield* Effect.logInfo(
        whose === "millrace"
          ? "no plugin in section adapter: Millrace runs the control plane's tasks itself"
          : `plugin ${plugin.name} is ready`,
      )
      yield* self.ready
      return yield* Effect.never
    })

  const heart = heartbeat({
    ...settings.heartbeat,
    extra: plugin.heartbeatExtra,
  })

  const command =
    adapter?.command === undefined || adapter.command.length === 0
      ? []
      : [pluginProcess({ plugin: adapter.name, command: adapter.command })]

  const run = (self: Self) =>
    supervise(self, { startTimeout: Duration.sum(adapter?.readyTimeout ?? defaultReady, startMargin) }, [
      ...command,
      { id: "plugin", run: ready },
      { id: "reports", run: reports.run },
      ...(whose === "millrace" ? [{ id: "results", run: results(reports, state) }] : []),
      ...names(config),
      { id: "gateway", run: gateway(settings.gateway, routes) },
      { id: "heartbeat", run: (own: Self) => orEnd(heart(own)) },
      { id: "triggers", run: (own: Self) => runTriggers(own, fired.actors, orEnd) },
    ])

  yield* rootTree("node", run, failed)
  yield* Effect.flatMap(NodeEntrance, ({ enter }) => enter)
  return RunningNode.of({ failure: Deferred.await(failed) })
})

/**
 * The collector's task table. What the control plane gave to a process before this one may be another node's by now:
 * its list comes with the first answer.
 */
const tableOfNode = Layer.effect(
  Tasks,
  Effect.tap(Effect.service(Tasks), (tasks) =>
    tasks.releasePlane.pipe(Effect.catch((error) => Effect.logError(error.message))),
  ),
)

export interface NodeOptions extends CollectorOptions {
  /** The application's own plugin, in place of section `adapter`. */
  readonly plugin?: Layer.Layer<Plugin>
}

/** The node's own part, over a collector. */
const nodeLayer = (own: NodeOptions["plugin"]) =>
  Layer.effect(RunningNode, make(own)).pipe(
    Layer.provideMerge(Layer.unwrap(Effect.map(AppConfig, ({ config }) => own ?? adapterLayer(config)))),
    Layer.provideMerge(Layer.unwrap(Effect.map(AppConfig, ({ config }) => stateLayer(config)))),
    Layer.provideMerge(ControlPlane.layer),
    // A plugin that was restarted is not spoken to on the connection to the one before.
    Layer.provide(NodeHttpClient.layerNodeHttpOptions({ keepAlive: false })),
    Layer.provideMerge(
      Layer.mergeAll(
        NodeHttpForwarder.layer,
        leased(tableOfNode),
        NatsQueue.layer,
        DnsRecords.layer,
        NodeDns.layer,
        NodeSockets.layer,
      ),
    ),
  )

/**
 * A node under a control plane, and the collector whose journal and sinks take what its plugin brings. The node begins
 * with the plugin and stops before the collector does.
 */
export const layer = (options: NodeOptions) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { config } = yield* AppConfig
      yield* checkNode(config)
      const { triggers } = readNode(config)
      const record = yield* Effect.forEach(triggers.record, makeRecordTrigger)
      return nodeLayer(options.plugin).pipe(
        Layer.provideMerge(
          collectorLayer({
            ...options,
            plane: { runs: ownerOf(config, options.plugin) === "millrace", heldAtStart: false },
            sinks: [...(options.sinks ?? []), ...record.map(({ sink }) => ({ sink }))],
          }),
        ),
        Layer.provide(Layer.succeed(RecordTriggers, record)),
        // The doors are part of the collector, and ask the node through this.
        Layer.provideMerge(nodeControl),
        // Around all of it, so that what is said at the end is sent too.
        Layer.provideMerge(NodeLogs.layer),
        Layer.provide(saidByNode(config)),
      )
    }),
  )
