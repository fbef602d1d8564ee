import { Console, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { Collector, layer as collectorLayer } from "../app/Collector.ts"
import { makeScreen, type Screen } from "../app/Screen.ts"
import { summary } from "../app/Summary.ts"
import { Metrics } from "../../services/Metrics.ts"
import { AppConfig } from "../config/AppConfig.ts"
import * as Telemetry from "../telemetry/Telemetry.ts"
import { configFlag, configLayer } from "./ConfigFlag.ts"
import { packageVersion } from "./PackageFile.ts"

/** A terminal's foot, where stderr is one. */
const screenOf = Effect.map(Console.Console, (console): Screen | undefined => {
  const { stderr } = process
  if (stderr.isTTY !== true) return undefined
  return makeScreen(
    (text) => void stderr.write(text),
    () => stderr.columns ?? 80,
    console,
  )
})

/** Says what is odd about the configuration, collects, and fails when the tree gives up. */
const collect = Effect.fnUntraced(function* (screen: Screen | undefined) {
  const { warnings } = yield* AppConfig
  for (const warning of warnings) yield* Effect.logWarning(warning)
  const collector = yield* Collector
  return yield* Effect.raceFirst(collector.failure, summary(screen))
})

const program = Effect.fnUntraced(function* (files: ReadonlyArray<string>) {
  const version = yield* packageVersion
  const screen = yield* screenOf
  const telemetry = Layer.unwrap(
    Effect.map(AppConfig, ({ config }) =>
      Telemetry.layer({ config: config.telemetry, version, terminal: screen !== undefined }),
    ),
  )
  const layers = collectorLayer({ version }).pipe(
    Layer.provideMerge(telemetry.pipe(Layer.provide(Metrics.layer))),
    Layer.provideMerge(screen?.console ?? Layer.empty),
    Layer.provideMerge(configLayer(files)),
  )
  return yield* Effect.provide(collect(screen), layers)
})

/** `millrace run`: collects until it is stopped. */
export const run = Command.make("run", { config: configFlag }, ({ config }) => program(config)).pipe(
  Command.withDescription(
    "Collect until stopped.\n\n  Without --config it needs no network and no broker: it starts an exchange simulator, collects from it and writes files under data/. SIGTERM and Ctrl-C drain and exit 0; a second one exits at once (130), and what was not delivered stays in the journal. The summary and the logs go to stderr.",
  ),
  Command.withShortDescription("Collect until stopped"),
  Command.withExamples([
    { command: "millrace run", description: "The default configuration: simulator to files" },
    { command: "millrace run --config config/binance-kafka.yaml", description: "Binance to Kafka" },
    {
      command: "MILLRACE_SERVER__PORT=8081 millrace run",
      description: "Any key a.b can be set as MILLRACE_A__B",
    },
  ]),
)
