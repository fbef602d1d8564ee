import { Context, Effect, type FileSystem, Layer, type Result, Stream } from "effect"
import { venues } from "../exchanges/index.ts"
import type { ConfigError } from "./ConfigError.ts"
import { edits } from "./Edits.ts"
import { loadFiles, loadInput, type Loaded } from "./Load.ts"
import type { ConfigInput } from "./Sections.ts"
import type { Venues } from "./Validate.ts"

/**
 * The configuration: checked, typed, complete. Every part of Millrace is a layer that reads it, so that whoever
 * provides it, the command from files or an application from an object, configures all of them.
 *
 * ```ts
 * const config = AppConfig.layerFrom({ exchanges: { binance: { symbols: ["BTC-USDT"], dataTypes: ["trade"] } } })
 * ```
 */
export class AppConfig extends Context.Service<
  AppConfig,
  Loaded & {
    /** What its files say after each edit, or what is wrong with it then. */
    readonly edits?: Stream.Stream<Result.Result<Loaded, ConfigError>>
  }
>()("millrace/config/AppConfig") {
  /** From files, later ones over earlier ones, and the environment over all of them. */
  static readonly layer = (files: ReadonlyArray<string>, known: Venues = venues) =>
    Layer.effect(
      AppConfig,
      Effect.gen(function* () {
        const loading = Effect.result(loadFiles(files, known))
        const context = yield* Effect.context<FileSystem.FileSystem | Effect.Services<typeof loading>>()
        const edited = Stream.mapEffect(edits(files), () => loading)
        return {
          ...(yield* Effect.fromResult(yield* loading)),
          edits: Stream.provideContext(edited, context),
        }
      }),
    )

  /** From an object; durations and sizes as in a file, secrets as `Redacted` texts. */
  static readonly layerFrom = (input: ConfigInput, known: Venues = venues) =>
    Layer.effect(AppConfig, loadInput(input, known))
}
