import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { Metrics } from "../../services/Metrics.ts"
import { layer as controlLayer, RunningControl } from "../app/Control.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { noStreams } from "../config/Validate.ts"
import * as Telemetry from "../telemetry/Telemetry.ts"
import { configFlag, configLayer } from "./ConfigFlag.ts"
import { packageVersion } from "./PackageFile.ts"

const work = Effect.gen(function* () {
  const { warnings } = yield* AppConfig
  for (const warning of warnings) if (warning !== noStreams) yield* Effect.logWarning(warning)
  return yield* (yield* RunningControl).failure
})

const program = Effect.fnUntraced(function* (files: ReadonlyArray<string>) {
  const version = yield* packageVersion
  const telemetry = Layer.unwrap(
    Effect.map(AppConfig, ({ config }) =>
      Telemetry.layer({ config: config.telemetry, version, terminal: process.stderr.isTTY === true }),
    ),
  )
  const layers = controlLayer({ version }).pipe(
    Layer.provideMerge(telemetry.pipe(Layer.provideMerge(Metrics.layer))),
    Layer.provideMerge(configLayer(files)),
  )
  return yield* Effect.provide(work, layers)
})

/** `millrace control`: a control plane, until it is stopped. */
export const control = Command.make("control", { config: configFlag }, ({ config }) => program(config)).pipe(
  Command.withDescription(
    "Run a control plane until stopped.\n\n  Nodes report to it by heartbeats; it gives each symbol of a task to one of them by what they can do and by load, and to another one when a node is gone and its lease has run out, so that two never run the same. Tasks come by POST /task (`millrace task create --url …`); GET /api/v1/nodes and /api/v1/instances say who is there and who runs what. Its tasks and their assignment are kept over a restart.",
  ),
  Command.withShortDescription("Run a control plane: nodes, and who of them runs which task"),
  Command.withExamples([
    {
      command: "MILLRACE_SERVER__PORT=8081 millrace control",
      description: "Beside a collector on this machine",
    },
  ]),
)
