import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import * as LocalSecrets from "../../layers/secrets/Local.ts"
import type { Collection } from "../../services/Collection.ts"
import type { DeadLetters } from "../../services/DeadLetters.ts"
import type { Journal, JournalError } from "../../services/Journal.ts"
import type { Metrics } from "../../services/Metrics.ts"
import type { RecordIntake } from "../../services/RecordIntake.ts"
import type { Sink, SinkError } from "../../services/Sink.ts"
import type { TaskDoor } from "../../services/TaskDoor.ts"
import type { Tasks } from "../../services/Tasks.ts"
import type { Tap } from "../../services/Tap.ts"
import type { VenueRequests } from "../../services/VenueRequests.ts"
import { packageVersion } from "../cli/PackageFile.ts"
import type { SinkEntry } from "../collect/sinks/Sinks.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { ConfigError } from "../config/ConfigError.ts"
import type { ConfigInput } from "../config/Sections.ts"
import { emptySinks } from "../config/Validate.ts"
import type { Actors } from "../runtime/Actors.ts"
import type { SimulatorError } from "../simulator/index.ts"
import { type Collector, layer as collectorLayer } from "./Collector.ts"

/**
 * A collector as a layer of the application around it. It logs, traces and counts by the application's own loggers,
 * tracer and metric registry, and installs none itself: provide them to this layer (`Layer.provide`), so that it is
 * built within them.
 *
 * ```ts
 * const millrace = Millrace.layer({ config, sinks: [mine] }).pipe(Layer.provide(telemetry))
 * ```
 */
export interface EmbeddingOptions {
  /** The application's own sinks, beside those of the configuration. Each name is a cursor, unique among all of them. */
  readonly sinks?: ReadonlyArray<Sink | SinkEntry>
  /**
   * Whether to serve Millrace's HTTP API on `server.port`: `false` unless given. Only then are dead letters kept in
   * files, and subscriptions made at run time kept over a restart; an application that makes them itself makes them again.
   */
  readonly serve?: boolean
}

export interface MillraceOptions extends EmbeddingOptions {
  /** As in a file. Without `sinks` there are only the application's own: no files are written unless asked for. */
  readonly config: ConfigInput
}

/**
 * What an application gets: the collection to look at and steer, records as they pass, where it hands in records of its
 * own, requests within the venues' weight, the tasks and the door to them, what could go no further, the actors, and
 * how it fares.
 */
export type Services =
  | Collection
  | RecordIntake
  | VenueRequests
  | Tasks
  | TaskDoor
  | Tap
  | Journal
  | DeadLetters
  | Actors
  | Metrics
  | Collector

/** Why a collector could not start. */
export type StartError = ConfigError | JournalError | SinkError | SimulatorError

const entryOf = (sink: Sink | SinkEntry): SinkEntry => ("sink" in sink ? sink : { sink })

/** Names are cursors: two sinks of one name would each get a part. */
const checkNames = (names: ReadonlyArray<string>): Effect.Effect<void, ConfigError> => {
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  const problems = twice.map((name) => ({
    path: "sinks",
    detail: `"${name}" is the name of two sinks; names are cursors, so give the application's own another one`,
  }))
  return problems.length === 0 ? Effect.void : Effect.fail(new ConfigError({ problems, warnings: [] }))
}

/**
 * A whole collector, for an application that brings the configuration as a layer (`AppConfig.layer` from files,
 * `AppConfig.layerFrom` an object, or its own). It is at work once the layer is built; when its scope closes it drains:
 * connections close, and what was read reaches every sink, within deadlines.
 */
export const layerFromConfig = (
  options: EmbeddingOptions = {},
): Layer.Layer<Services, StartError, AppConfig> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { config, warnings } = yield* AppConfig
      const own = (options.sinks ?? []).map(entryOf)
      const names = [...config.sinks.map(({ name }) => name), ...own.map(({ sink }) => sink.name)]
      yield* checkNames(names)
      for (const warning of warnings)
        if (names.length === 0 || warning !== emptySinks) yield* Effect.logWarning(warning)
      const serve = options.serve ?? false
      const version = serve ? yield* packageVersion : ""
      return collectorLayer({ version, sinks: own, serve, keepSubscriptions: serve })
    }),
  ).pipe(Layer.provide(NodeServices.layer))

/**
 * The configuration of an embedded collector, from an object; secrets from the environment and from files. Without
 * `sinks` and `journal` in it nothing is written to the disk.
 */
export const configLayer = (config: ConfigInput): Layer.Layer<AppConfig, ConfigError> =>
  AppConfig.layerFrom({
    ...config,
    sinks: config.sinks ?? [],
    journal: config.journal ?? { kind: "memory" },
  }).pipe(Layer.provide(LocalSecrets.layer), Layer.provide(NodeServices.layer))

/** The same with its configuration as an object. */
export const layer = ({ config, ...options }: MillraceOptions): Layer.Layer<Services, StartError> =>
  layerFromConfig(options).pipe(Layer.provide(configLayer(config)))
