import { Console, Effect, Layer, Stdio } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag } from "effect/cli"
import { packageVersion } from "./PackageFile.ts"

/** `--log-level` is `telemetry.logLevel` in the configuration; there are not two ways to say it. */
const flags = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

const oneLine = (message: string): string =>
  message.replace(/\s+Did you mean this\?\s+(.*)$/s, '; did you mean "$1"?').replace(/\s*\n\s*/g, " ")

/** A mistake gets a line, not the whole help: stdout may be on its way into another program. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(
          [
            ...event.errors.map((error) => `millrace: ${oneLine(error.message)}`),
            `\`${event.commandPath.join(" ")} --help\` says what it takes`,
          ].join("\n"),
        )
      : CliOutput.defaultPresenter.present(event),
})

/** Reads the process's arguments and runs the command they name. Without any, `run`: what `npm start` does. */
export const commandLine = <const Name extends string, Input, ContextInput, E, R>(
  command: Command.Command<Name, Input, ContextInput, E, R>,
) =>
  Effect.gen(function* () {
    const stdio = yield* Stdio.Stdio
    const given = yield* stdio.args
    const version = yield* packageVersion
    return yield* Command.runWith(command, { version })(given.length === 0 ? ["run"] : given)
  }).pipe(Effect.provide(Layer.mergeAll(flags, presenter)))
