import { Effect, FileSystem, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Environment } from "../../services/Environment.ts"
import { Metrics } from "../../services/Metrics.ts"
import { replay as replayRecordings } from "../app/Replay.ts"
import { configuredSinks } from "../app/Sinks.ts"
import { AppConfig } from "../config/AppConfig.ts"
import * as Telemetry from "../telemetry/Telemetry.ts"
import { CommandError } from "./CommandError.ts"
import { configLayer, configFlag } from "./ConfigFlag.ts"
import { packageVersion } from "./PackageFile.ts"

/** How fast: a multiple of the recording's own pace, or `max`. */
export type Speed = number | "max"

const parseSpeed = (text: string): Option.Option<Speed> =>
  text === "max"
    ? Option.some(text)
    : Option.filter(Option.some(Number(text)), (speed) => speed > 0 && Number.isFinite(speed))

const files = Argument.String("FILE").pipe(
  Argument.withDescription("Recorded sessions, .jsonl or .jsonl.gz"),
  Argument.atLeast(1),
)

const venue = Flag.String("venue").pipe(
  Flag.withMetavar("V"),
  Flag.withDescription("The venue; unless given, from the connect URL in the session, else from the folder"),
  Flag.optional,
)

const speed = Flag.String("speed").pipe(
  Flag.withMetavar("N|max"),
  Flag.withDescription("1 is as recorded, 10 is ten times as fast, max is as fast as it goes (default 1)"),
  Flag.withDefault("1"),
  Flag.filterMap(parseSpeed, () => "a number above 0, or max"),
)

/** Where records go when no configuration says it: beside those of a collection, never among them. */
const defaultFolder = "data/replay"
const defaultSinks = [
  { name: "replay", type: "files", path: defaultFolder, format: "jsonl", from: "latest" },
] as const

/** The folder holds one replay: an earlier one's records are not added to. What no replay has written is not ours to remove. */
const makeRoom = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const there = (yield* fs.exists(defaultFolder)) ? yield* fs.readDirectory(defaultFolder) : []
  if (there.length === 0) return
  if (there.includes(".millrace")) return yield* fs.remove(defaultFolder, { recursive: true })
  return yield* new CommandError({
    detail: `${defaultFolder} holds something that no replay has written: move it away, or name another place as a sink in a file for --config`,
  })
})

interface ReplayFlags {
  readonly files: ReadonlyArray<string>
  readonly config: ReadonlyArray<string>
  readonly venue: Option.Option<string>
  readonly speed: Speed
}

/** The default configuration's sinks are those of a collection: they count only when somebody has asked for them. */
const asksForSinks = (
  flags: ReplayFlags,
  environment: Readonly<Record<string, string | undefined>>,
): boolean =>
  flags.config.length > 0 || Object.keys(environment).some((name) => /^MILLRACE_SINKS(__|$)/i.test(name))

const play = Effect.fnUntraced(function* (flags: ReplayFlags) {
  const { config, warnings } = yield* AppConfig
  for (const warning of warnings) yield* Effect.logWarning(warning)
  const asked = asksForSinks(flags, yield* Environment)
  const sinks = yield* configuredSinks(asked ? config.sinks : defaultSinks)
  yield* replayRecordings({
    files: flags.files,
    prepare: asked ? Effect.void : makeRoom,
    venue: flags.venue,
    speed: flags.speed,
    sinks,
    memory: config.overload.memory,
  })
})

const program = Effect.fnUntraced(function* (flags: ReplayFlags) {
  const version = yield* packageVersion
  const telemetry = Layer.unwrap(
    Effect.map(AppConfig, ({ config }) =>
      Telemetry.layer({ config: config.telemetry, version, terminal: process.stderr.isTTY === true }),
    ),
  )
  const layers = telemetry.pipe(
    Layer.provideMerge(Metrics.layer),
    Layer.provideMerge(configLayer(flags.config)),
  )
  yield* Effect.provide(play(flags), layers)
})

/** `millrace replay`: recorded sessions through the whole pipeline. */
export const replay = Command.make("replay", { files, config: configFlag, venue, speed }, program).pipe(
  Command.withDescription(
    "Play recorded sessions through the whole pipeline.\n\n  Records carry source \"replay\" and the recording's own receive times. Journal, ledger and dedupe start empty; sinks are the configuration's, by default files under data/replay/. Exits when they have all of it.",
  ),
  Command.withShortDescription("Play recorded sessions through the whole pipeline"),
  Command.withExamples([
    { command: "millrace replay session.jsonl.gz --speed max", description: "Into files under data/replay/" },
  ]),
)
