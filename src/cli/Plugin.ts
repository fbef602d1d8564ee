import { Console, Effect, FileSystem, Option, Path } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CommandError } from "./CommandError.ts"
import { packageFile } from "./PackageFile.ts"

/** What comes with each language, and how its program is started. */
const languages = {
  python: { files: ["plugin.py", "test_plugin.py", "config.yaml"], command: ["python3", "-u", "plugin.py"] },
  node: { files: ["plugin.mjs", "plugin.test.mjs", "config.yaml"], command: ["node", "plugin.mjs"] },
} as const

type Language = keyof typeof languages

/** How its own test is run. */
const testing: Readonly<Record<Language, string>> = {
  python: "python3 -m unittest -v",
  node: "node --test",
}

const language = Argument.Literals("LANGUAGE", ["python", "node"]).pipe(
  Argument.withDescription("What it is written in; any language that speaks HTTP will do"),
)

const folder = Argument.String("DIR").pipe(
  Argument.withDescription("A new folder; its name is the plugin's"),
  Argument.withDefault("my-plugin"),
)

const port = Flag.Int("port").pipe(
  Flag.withMetavar("P"),
  Flag.withDescription("The port that the plugin listens on, on loopback (default 9001)"),
  Flag.withDefault(9001),
  Flag.filter(
    (value) => value > 0 && value <= 65_535,
    () => "a port, 1 to 65535",
  ),
)

const kafka = Flag.String("kafka").pipe(
  Flag.withMetavar("HOST:PORT"),
  Flag.withDescription("A broker that its records go to, instead of files under data/records"),
  Flag.optional,
)

/** What a shell and YAML take as it stands, and a control plane as a name. */
const plain = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

const create = Command.make(
  "new",
  { language, folder, port, kafka },
  Effect.fn("plugin.new")(function* (given) {
    const files = yield* FileSystem.FileSystem
    const { basename, join } = yield* Path.Path
    const target = given.folder.replace(/(?<=.)\/+$/, "")
    const name = basename(target)
    if (!plain.test(name))
      return yield* new CommandError({
        detail: `"${name}" is no name for a plugin: letters, digits, ".", "_" and "-", the first one a letter or digit`,
      })
    if (yield* Effect.orElseSucceed(files.exists(target), () => false))
      return yield* new CommandError({ detail: `${target} is there already; name a new folder` })

    const { command, files: names } = languages[given.language]
    const values: Readonly<Record<string, string>> = {
      name,
      folder: target,
      port: String(given.port),
      command: JSON.stringify([...command.slice(0, -1), join(target, command.at(-1)!)]),
      sink: Option.match(given.kafka, {
        onNone: () => "{ name: files, type: files, path: data/records }",
        onSome: (broker) => `{ name: kafka, type: kafka, brokers: [${JSON.stringify(broker)}] }`,
      }),
    }
    yield* Effect.gen(function* () {
      yield* files.makeDirectory(target, { recursive: true })
      for (const file of names) {
        const text = yield* files.readFileString(
          yield* packageFile(`templates/plugin/${given.language}/${file}`),
        )
        const filled = text.replace(/\$(\w+)\$/g, (_, key: string) => values[key]!)
        yield* files.writeFileString(join(target, file), filled)
      }
    }).pipe(
      Effect.mapError(
        (error) => new CommandError({ detail: `${target} cannot be written: ${error.message}` }),
      ),
    )
    yield* Console.log(
      [
        `${target}: ${names.join(", ")}`,
        `  its test    cd ${target} && ${testing[given.language]}`,
        `  its node    millrace node --config ${join(target, "config.yaml")}`,
        `  its code    collect, in ${join(target, names[0])}`,
      ].join("\n"),
    )
  }),
).pipe(
  Command.withDescription(
    "Make a folder with a working plugin: its program, a test of it, and the configuration of a node that starts it, calls it every five seconds and sends what it answers to a sink.",
  ),
  Command.withShortDescription("A working plugin to start from"),
  Command.withExamples([
    { command: "millrace plugin new python my-plugin", description: "Records to files" },
    {
      command: "millrace plugin new node my-plugin --kafka 127.0.0.1:9092",
      description: "Records to Kafka",
    },
  ]),
)

/** `millrace plugin`: code of one's own, in any language. */
export const plugin = Command.make("plugin").pipe(
  Command.withDescription(
    "Plugins: code of your own, in any language, that a node calls when a trigger fires.",
  ),
  Command.withShortDescription("A plugin to start from: new python|node"),
  Command.withSubcommands([create]),
)
