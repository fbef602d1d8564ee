import { Console, Duration, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as GzipFiles from "../../layers/session-recorder/GzipFiles.ts"
import { Metrics } from "../../services/Metrics.ts"
import { SessionRecorder } from "../../services/SessionRecorder.ts"
import { Collector, layer as collectorLayer } from "../app/Collector.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { parseDuration } from "../domain/ConfigValue.ts"
import * as Telemetry from "../telemetry/Telemetry.ts"
import { configFlag, configLayer } from "./ConfigFlag.ts"
import { packageVersion } from "./PackageFile.ts"

const out = Flag.String("out").pipe(
  Flag.withMetavar("DIR"),
  Flag.withDescription(
    "The folder; files are DIR/<venue>/<start>.session.jsonl.gz (default data/recordings)",
  ),
  Flag.withDefault("data/recordings"),
)

const forTime = Flag.String("for").pipe(
  Flag.withMetavar("DURATION"),
  Flag.withDescription('How long: "10 minutes", "30s"; until it is stopped unless given'),
  Flag.filterMap(
    (text) => Option.map(Option.fromUndefinedOr(parseDuration(text)), Duration.millis),
    () => 'a duration such as "10 minutes"',
  ),
  Flag.optional,
)

/** How often it says how far it is. */
const progressEvery = "10 seconds"

const told = (files: ReadonlyArray<{ readonly path: string; readonly lines: number }>): string =>
  files.map(({ lines, path }) => `${path}: ${lines} lines`).join("; ") || "nothing yet"

/** Only what passes is kept: no journal on the disk, no sinks, no API. */
const onlyRecording = Layer.effect(
  AppConfig,
  Effect.map(AppConfig, (loaded) => ({
    ...loaded,
    config: {
      ...loaded.config,
      sinks: [],
      journal: { ...loaded.config.journal, kind: "memory" as const },
    },
  })),
)

const work = (time: Option.Option<Duration.Duration>) =>
  Effect.gen(function* () {
    const recorder = yield* SessionRecorder
    const collector = yield* Collector
    const say = Effect.flatMap(recorder.files, (files) => Effect.logInfo(`recording: ${told(files)}`))
    const progress = Effect.forever(Effect.andThen(Effect.sleep(progressEvery), say))
    const end = Option.match(time, { onNone: () => Effect.never, onSome: (given) => Effect.sleep(given) })
    return yield* Effect.raceAllFirst([end, progress, collector.failure, recorder.failure])
  })

const program = Effect.fnUntraced(function* (
  configs: ReadonlyArray<string>,
  folder: string,
  time: Option.Option<Duration.Duration>,
) {
  const version = yield* packageVersion
  const telemetry = Layer.unwrap(
    Effect.map(AppConfig, ({ config }) =>
      Telemetry.layer({ config: config.telemetry, version, terminal: process.stderr.isTTY === true }),
    ),
  )
  const layers = collectorLayer({ version, serve: false, keepSubscriptions: false }).pipe(
    Layer.provideMerge(GzipFiles.layer(folder)),
    Layer.provideMerge(telemetry.pipe(Layer.provide(Metrics.layer))),
    Layer.provideMerge(onlyRecording.pipe(Layer.provide(configLayer(configs)))),
  )
  const files = yield* work(time).pipe(
    Effect.andThen(Effect.flatMap(SessionRecorder, (recorder) => recorder.files)),
    Effect.provide(layers),
  )
  yield* Console.log(told(files).replaceAll("; ", "\n"))
})

/** `millrace record`: sessions as they are, for a replay or a test. */
export const record = Command.make("record", { config: configFlag, out, for: forTime }, (flags) =>
  program(flags.config, flags.out, flags.for),
).pipe(
  Command.withDescription(
    "Record what exchanges send, as it comes.\n\n  Connects and subscribes as `run` does and keeps every message with its receive time: what came, what was sent, connects and REST answers, one compressed file a venue. `millrace replay FILE` plays one. Nothing is journalled and no sink is written. SIGTERM and Ctrl-C finish the files and exit 0.",
  ),
  Command.withShortDescription("Record what exchanges send, as it comes"),
  Command.withExamples([
    {
      command: 'millrace record --config binance.yaml --for "10 minutes"',
      description: "Ten minutes of a configuration's streams",
    },
  ]),
)
