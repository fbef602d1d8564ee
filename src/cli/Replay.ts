import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { notBuiltYet } from "./CommandError.ts"
import { configFlag } from "./ConfigFlag.ts"

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

/** `millrace replay`: recorded sessions through the whole pipeline. */
export const replay = Command.make("replay", { files, config: configFlag, venue, speed }, () =>
  notBuiltYet("replay"),
).pipe(
  Command.withDescription(
    "Play recorded sessions through the whole pipeline.\n\n  Records carry source \"replay\" and the recording's own receive times. Journal, ledger and dedupe start empty; sinks are the configuration's, by default files under data/replay/. Exits when they have all of it.",
  ),
  Command.withShortDescription("Play recorded sessions through the whole pipeline"),
  Command.withExamples([
    { command: "millrace replay session.jsonl.gz --speed max", description: "Into files under data/replay/" },
  ]),
)
