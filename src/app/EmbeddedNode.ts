import { NodeServices } from "@effect/platform-node"
import { Layer } from "effect"
import type { Plugin } from "../../services/Plugin.ts"
import type { ConfigInput } from "../config/Sections.ts"
import { configLayer, type Services, type StartError } from "./Millrace.ts"
import { layer as nodeLayer, RunningNode } from "./Node.ts"

export { RunningNode }

export interface EmbeddedNodeOptions {
  /** As in a file: `system`, `heartbeat`, `triggers`, `gateway`, … */
  readonly config: ConfigInput
  /** The application's own plugin; without one section `adapter` says which. */
  readonly plugin?: Layer.Layer<Plugin>
  /** Whether to serve Millrace's HTTP API on `server.port` beside the gateway: `false` unless given. */
  readonly serve?: boolean
}

/**
 * A node under a control plane as a layer of the application around it, with a plugin of its own:
 *
 * ```ts
 * const plugin = NativePlugin.layer({ name: "mine", onTrigger: (event) => collect(event.tasks) })
 * const node = MillraceNode.layer({ config: { triggers: [...] }, plugin })
 * ```
 *
 * `RunningNode.failure` tells when it has to end: another version is wanted, or the plugin is not ready in time.
 */
export const layer = ({
  config,
  plugin,
  serve = false,
}: EmbeddedNodeOptions): Layer.Layer<Services | RunningNode, StartError> =>
  nodeLayer({
    version: "",
    serve,
    keepSubscriptions: serve,
    ...(plugin === undefined ? {} : { plugin }),
  }).pipe(Layer.provide(configLayer(config)), Layer.provide(NodeServices.layer))
