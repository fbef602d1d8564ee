import { Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Metrics } from "../../services/Metrics.ts"
import { replay as replayRecordings } from "../app/Replay.ts"
import { configuredSinks } from "../app/Sinks.ts"
import { AppConfig } from "../config/AppConfig.ts"
import * as Telemetry from "../telemetry/Telemetry.ts"
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
const defaultSinks = [
  { name: "replay", type: "files", path: "data/replay", format: "jsonl", from: "latest" },
] as const

interface ReplayFlags {
  readonly files: ReadonlyArray<string>
  readonly config: ReadonlyArray<string>
  readonly venue: Option.Option<string>
  readonly speed: Speed
}

const play = Effect.fnUntraced(function* (flags: ReplayFlags) {
  const { config, warnings } = yield* AppConfig
  for (const warning of warnings) yield* Effect.logWarning(warning)
  const sinks = yield* configuredSinks(flags.config.length === 0 ? defaultSinks : config.sinks)
  yield* replayRecordings({
    files: flags.files,
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
