import { Effect, Layer } from "effect"
import { Flag } from "effect/cli"
import { layer as localSecrets } from "../../layers/secrets/Local.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { packageFile } from "./PackageFile.ts"

/** `--config FILE`, as often as one likes; later files win. */
export const configFlag = Flag.String("config").pipe(
  Flag.withAlias("c"),
  Flag.withMetavar("FILE"),
  Flag.withDescription(
    "Configuration, YAML or JSON; may be given again, later files win. Without it the default one is used",
  ),
  Flag.atLeast(0),
)

/** The files to read: those given, else the default configuration, which is never mixed with others. */
export const configFiles = Effect.fnUntraced(function* (given: ReadonlyArray<string>) {
  return given.length > 0 ? given : [yield* packageFile("config/default.yaml")]
})

/** The configuration of a command, with secrets from the environment and from files. */
export const configLayer = (given: ReadonlyArray<string>) =>
  Layer.unwrap(Effect.map(configFiles(given), (files) => AppConfig.layer(files))).pipe(
    Layer.provide(localSecrets),
  )
