import { Console, Effect, Option, Path } from "effect"
import { Command, Flag } from "effect/cli"
import { writePackage } from "../app/Package.ts"
import { CommandError } from "./CommandError.ts"
import { configFlag } from "./ConfigFlag.ts"
import { packageFile } from "./PackageFile.ts"

const pluginFolder = Flag.String("plugin").pipe(
  Flag.withMetavar("DIR"),
  Flag.withDescription(
    "A folder that goes along by its own name, so that adapter.command can start what is in it",
  ),
  Flag.optional,
)

const node = Flag.String("node").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription(
    "A Node 24 or later of the cloud's platform that goes along as bin/node; without it the function's own `node` is started",
  ),
  Flag.optional,
)

const out = Flag.String("out").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("The zip to write (default collector-scf.zip)"),
  Flag.withDefault("collector-scf.zip"),
)

const given = <K extends string>(key: K, value: Option.Option<string>): { readonly [key in K]?: string } =>
  Option.match(value, {
    onNone: () => ({}),
    onSome: (some) => ({ [key]: some }) as { readonly [key in K]: string },
  })

/** `millrace package`: everything that a cloud function needs, in one zip. */
export const packageCommand = Command.make(
  "package",
  { config: configFlag, plugin: pluginFolder, node, out },
  Effect.fn("package")(function* (flags) {
    if (flags.config.length === 0)
      return yield* new CommandError({
        detail: "a package needs the configuration of its node: --config FILE",
      })
    const { dirname } = yield* Path.Path
    const root = dirname(yield* packageFile("package.json"))
    yield* Console.error("millrace: packing …")
    const options = {
      root,
      configs: flags.config,
      ...given("plugin", flags.plugin),
      ...given("node", flags.node),
    }
    const { bytes, files } = yield* writePackage(options, flags.out)
    yield* Console.log(
      `${flags.out}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB; the function starts scf_bootstrap, which listens on port 9000`,
    )
  }),
).pipe(
  Command.withDescription(
    "Make a zip for a cloud function: Millrace with all it needs, the configuration, a plugin, and the program that the platform starts.",
  ),
  Command.withShortDescription("A zip for a cloud function"),
  Command.withExamples([
    {
      command: "millrace package --config my-plugin/config.yaml --plugin my-plugin",
      description: "A node and its plugin",
    },
  ]),
)
