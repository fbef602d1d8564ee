import { Effect, FileSystem, Layer, PlatformError, Result } from "effect"
import { layer as localSecrets } from "../../layers/secrets/Local.ts"
import { Environment } from "../../services/Environment.ts"
import type { Secrets } from "../../services/Secrets.ts"
import type { ConfigError } from "../../src/config/ConfigError.ts"
import { type Loaded, loadFiles, loadInput } from "../../src/config/Load.ts"
import type { ConfigInput } from "../../src/config/Sections.ts"
import { venues } from "../../src/exchanges/index.ts"

type Texts = Readonly<Record<string, string>>

const absent = (path: string) =>
  PlatformError.systemError({
    _tag: "NotFound",
    module: "FileSystem",
    method: "readFileString",
    pathOrDescriptor: path,
  })

/** A file system that holds these files and nothing else. */
export const filesOf = (files: Texts): Layer.Layer<FileSystem.FileSystem> =>
  FileSystem.layerNoop({
    readFileString: (path) => {
      const text = files[path]
      return text === undefined ? Effect.fail(absent(path)) : Effect.succeed(text)
    },
  })

const inWorld = (files: Texts, environment: Texts) => {
  const fs = filesOf(files)
  return <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem | Secrets>) =>
    effect.pipe(
      Effect.provide(Layer.merge(fs, Layer.provide(localSecrets, fs))),
      Effect.provideService(Environment, environment),
      Effect.result,
    )
}

/** Loads files in the order of their names here, but not those of absolute paths: secrets lie there. */
export const load = (files: Texts, environment: Texts = {}, given = Object.keys(files)) =>
  inWorld(
    files,
    environment,
  )(
    loadFiles(
      given.filter((file) => !file.startsWith("/")),
      venues,
    ),
  )

/** Loads what an embedding application gives. */
export const embed = (input: ConfigInput) => inWorld({}, {})(loadInput(input, venues))

/** The configuration, or a failure that says what is wrong with it. */
export const good = (result: Result.Result<Loaded, ConfigError>): Loaded => {
  if (Result.isFailure(result)) throw new Error(result.failure.message)
  return result.success
}

/** Each problem as one line, or a failure when there is none. */
export const bad = (result: Result.Result<Loaded, ConfigError>): ReadonlyArray<string> => {
  if (Result.isSuccess(result)) throw new Error("the configuration was taken")
  return result.failure.message
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
}
