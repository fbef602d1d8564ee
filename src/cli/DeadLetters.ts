import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { DeadLetters, letterStages, type LetterFilter } from "../../services/DeadLetters.ts"
import { filedDeadLetters } from "../app/DeadLetters.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { CommandError } from "./CommandError.ts"
import { configFlag, configLayer } from "./ConfigFlag.ts"
import { replayLetters } from "./DeadLettersReplay.ts"
import { writeOut } from "./Output.ts"
import { letterJson, letterLine, letterText } from "./LetterText.ts"

const stage = Flag.Literals("stage", letterStages).pipe(
  Flag.withDescription("Only frames (decode), or only records (sink)"),
  Flag.optional,
)

const only = (name: string, metavar: string, what: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(what), Flag.optional)

const filterFlags = {
  stage,
  venue: only("venue", "V", "Only those of this venue"),
  sink: only("sink", "NAME", "Only those that this sink refused"),
  reason: only("reason", "R", "Only those for this reason: not_json, too_large, …"),
}

interface FilterFlags {
  readonly stage: Option.Option<(typeof letterStages)[number]>
  readonly venue: Option.Option<string>
  readonly sink: Option.Option<string>
  readonly reason: Option.Option<string>
}

const filterOf = (flags: FilterFlags): LetterFilter => ({
  stage: Option.getOrUndefined(flags.stage),
  venue: Option.getOrUndefined(flags.venue),
  sink: Option.getOrUndefined(flags.sink),
  reason: Option.getOrUndefined(flags.reason),
})

/** The store of the configuration, with the folder for messages. */
const withStore =
  (files: ReadonlyArray<string>) =>
  <A, E, R>(work: (path: string) => Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const { config } = yield* AppConfig
      return yield* work(config.deadLetters.path).pipe(Effect.provide(filedDeadLetters(config.deadLetters)))
    }).pipe(Effect.provide(configLayer(files)))

const limit = Flag.Int("limit").pipe(
  Flag.withMetavar("N"),
  Flag.withDescription("So many at most (default 50)"),
  Flag.withDefault(50),
  Flag.filter(
    (value) => value > 0,
    () => "a number above 0",
  ),
)

const before = Flag.Int("before").pipe(
  Flag.withMetavar("N"),
  Flag.withDescription("Only letters older than this one: the next page"),
  Flag.optional,
)

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("One JSON object a line, the bytes as base64"),
  Flag.withDefault(false),
)

const list = Command.make(
  "list",
  { config: configFlag, ...filterFlags, limit, before, json },
  Effect.fn("deadletters.list")(function* (flags) {
    yield* withStore(flags.config)((path) =>
      Effect.gen(function* () {
        const store = yield* DeadLetters
        const page = yield* store.list({
          ...filterOf(flags),
          order: "newest",
          cursor: Option.getOrUndefined(flags.before),
          limit: flags.limit,
        })
        for (const letter of page.letters)
          yield* writeOut(`${flags.json ? letterJson(letter) : letterLine(letter)}\n`)
        if (page.letters.length === 0) yield* Console.error(`no such dead letters in ${path}`)
        if (page.next !== undefined) yield* Console.error(`there are older ones: --before ${page.next}`)
        if (page.damaged > 0)
          yield* Console.error(`${page.damaged} lines in ${path} are torn or damaged, and were left out`)
      }),
    )
  }),
).pipe(
  Command.withDescription("List dead letters, the newest first."),
  Command.withExamples([
    {
      command: "millrace deadletters list --reason decoder_threw",
      description: "Frames on which a decoder of Millrace has a defect",
    },
  ]),
)

const sequence = Argument.Int("N").pipe(Argument.withDescription("The letter's number, as listed"))

const hex = Flag.Boolean("hex").pipe(
  Flag.withDescription("The bytes as hex, also where they are text"),
  Flag.withDefault(false),
)

const raw = Flag.Boolean("raw").pipe(
  Flag.withDescription("The bytes alone, exactly as they are"),
  Flag.withDefault(false),
)

const show = Command.make(
  "show",
  { config: configFlag, hex, raw, sequence },
  Effect.fn("deadletters.show")(function* (flags) {
    yield* withStore(flags.config)((path) =>
      Effect.gen(function* () {
        const found = yield* Effect.flatMap(DeadLetters, (store) => store.get(flags.sequence))
        if (Option.isNone(found))
          return yield* new CommandError({
            detail: `no letter ${flags.sequence} in ${path}: \`millrace deadletters list\` shows what there is`,
          })
        yield* writeOut(flags.raw ? found.value.bytes : `${letterText(found.value, flags.hex)}\n`)
      }),
    )
  }),
).pipe(Command.withDescription("Show one dead letter: where it came from, what was wrong, and its bytes."))

const sequences = Argument.Int("N").pipe(
  Argument.withDescription("Letters by number; without any, all that the flags leave"),
  Argument.variadic(),
)

const into = Flag.String("into").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("A configuration whose sinks get the records; without it they are printed"),
  Flag.optional,
)

const replay = Command.make(
  "replay",
  { config: configFlag, ...filterFlags, into, sequences },
  Effect.fn("deadletters.replay")(function* (flags) {
    yield* withStore(flags.config)(() =>
      replayLetters({ filter: filterOf(flags), sequences: flags.sequences, into: flags.into }),
    )
  }),
).pipe(
  Command.withDescription(
    'Decode dead letters with the present decoders, oldest first.\n\n  Prints the records, or sends them through the sinks of --into; their source is "replay", ids and receive times are as they would have been. Each letter stands alone: book updates are not joined to a chain. Letters stay in the store, so a second replay sends the same ids again. A files sink of --into must not be one that a running instance writes to. Exits 1 when some still could not be used.',
  ),
  Command.withShortDescription("Decode dead letters again: print the records, or send them"),
)

/** `millrace deadletters`: what could go no further, and another try. */
export const deadLetters = Command.make("deadletters").pipe(
  Command.withDescription(
    "Frames that no decoder could use and records that a sink refused, kept with their bytes: look at them, try them again.",
  ),
  Command.withShortDescription("Frames and records that could go no further: list, show, replay"),
  Command.withSubcommands([list, show, replay]),
)
