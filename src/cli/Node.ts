import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { Metrics } from "../../services/Metrics.ts"
import { Collector } from "../app/Collector.ts"
import { layer as nodeLayer, RunningNode } from "../app/Node.ts"
import { AppConfig } from "../config/AppConfig.ts"
import * as Telemetry from "../telemetry/Telemetry.ts"
import { configFlag, configLayer } from "./ConfigFlag.ts"
import { packageVersion } from "./PackageFile.ts"

const work = Effect.gen(function* () {
  const { warnings } = yield* AppConfig
  for (const warning of warnings) yield* Effect.logWarning(warning)
  const collector = yield* Collector
  const running = yield* RunningNode
  return yield* Effect.raceFirst(collector.failure, running.failure)
})

const program = Effect.fnUntraced(function* (files: ReadonlyArray<string>) {
  const version = yield* packageVersion
  const telemetry = Layer.unwrap(
    Effect.map(AppConfig, ({ config }) =>
      Telemetry.layer({ config: config.telemetry, version, terminal: process.stderr.isTTY === true }),
    ),
  )
  const layers = nodeLayer({ version }).pipe(
    Layer.provideMerge(telemetry.pipe(Layer.provide(Metrics.layer))),
    Layer.provideMerge(configLayer(files)),
  )
  return yield* Effect.provide(work, layers)
})

/** `millrace node`: a node under a control plane, until it is stopped. */
export const node = Command.make("node", { config: configFlag }, ({ config }) => program(config)).pipe(
  Command.withDescription(
    "Run a node under a control plane until stopped.\n\n  Waits for its plugin (section `adapter`), opens the gateway, reports by heartbeats, takes over the tasks that the control plane answers with, and calls the plugin when a trigger fires. What the plugin brings goes through the journal to the sinks. SIGTERM and Ctrl-C let what is in hand end and exit 0. It exits 1 when the plugin does not become ready, a trigger cannot be started, or the control plane wants another version.",
  ),
  Command.withShortDescription("Run a node under a control plane: gateway, heartbeat, triggers, plugin"),
  Command.withExamples([
    {
      command: "SCF_FUNCTIONNAME=node-1 millrace node --config config.yaml --config trpc_go.yaml",
      description: "The two files that nodes have today, as they stand",
    },
  ]),
)
