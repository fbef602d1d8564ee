import { NodeServices } from "@effect/platform-node"
import { type Context, Effect, Exit, Layer, Metric, Scope, Stream } from "effect"
import * as MemorySink from "../../layers/sink/Memory.ts"
import { Metrics } from "../../services/Metrics.ts"
import { packageVersion } from "../cli/PackageFile.ts"
import { AppConfig } from "../config/AppConfig.ts"
import type { ConfigInput } from "../config/Sections.ts"
import * as Telemetry from "../telemetry/Telemetry.ts"
import * as Millrace from "./Millrace.ts"
import { RecordFeed } from "./RecordFeed.ts"
import { makeRunning, type RunningCollector } from "./RunningCollector.ts"

export interface CollectOptions extends Millrace.EmbeddingOptions {
  /**
   * Whether `records` is a sink: `true` unless given. Whoever does not read it says `false`, since it holds the
   * collection back like any sink that takes nothing.
   */
  readonly records?: boolean
}

/** The name of the cursor behind `records`. */
const recordsSink = "records"

/** Who embeds a collector in a program without Effect has no loggers to give: it has those of its configuration, quieter. */
const telemetry = Layer.unwrap(
  Effect.gen(function* () {
    const { telemetry } = (yield* AppConfig).config
    const version = telemetry.otlpEndpoint === undefined ? "" : yield* packageVersion
    return Telemetry.layer({ config: telemetry, version, terminal: process.stderr.isTTY === true })
  }),
).pipe(Layer.provide(Metrics.layer), Layer.provide(NodeServices.layer))

const quieter = (config: ConfigInput): ConfigInput => ({
  ...config,
  telemetry: { logLevel: "warn", ...config.telemetry },
})

const start = Effect.fnUntraced(function* (
  config: ConfigInput,
  { records = true, sinks = [], serve = false }: CollectOptions,
): Effect.fn.Return<RunningCollector, Millrace.StartError> {
  const scope = yield* Scope.make()
  const memory = yield* Scope.provide(MemorySink.make({ name: recordsSink }), scope)
  const layer = Millrace.layerFromConfig({ serve, sinks: records ? [...sinks, memory.sink] : sinks }).pipe(
    Layer.provideMerge(telemetry),
    // Its figures are its own, however many collectors a program has.
    Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())),
    Layer.provide(Millrace.configLayer(quieter(config))),
  )
  const context: Context.Context<Millrace.Services> = yield* Layer.buildWithScope(layer, scope).pipe(
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
  )
  const batches = Stream.toAsyncIterable(records ? memory.batches : Stream.empty)
  return makeRunning(context, scope, new RecordFeed(batches[Symbol.asyncIterator]()))
})

/**
 * Starts a collector in a program that does not know Effect. Rejects with an `Error` whose message says everything
 * that is wrong with the configuration; then nothing was started.
 *
 * ```js
 * const collector = await collect({ exchanges: { binance: { symbols: ["BTC-USDT"], dataTypes: ["trade"] } } })
 * for await (const record of collector.records) await handle(record)
 * ```
 *
 * Records go to `collector.records` and to the configuration's `sinks`, if it has any. Logs of level `warn` and above
 * go to stderr, unless `telemetry.logLevel` says otherwise.
 */
export const collect = (config: ConfigInput, options: CollectOptions = {}): Promise<RunningCollector> =>
  Effect.runPromise(start(config, options))
