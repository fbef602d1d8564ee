import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { describeDamage } from "../../layers/journal/segments/Damage.ts"
import { examine, type Examined, forgetCursor, storedCursors } from "../../layers/journal/segments/Offline.ts"
import { payloadOf } from "../domain/Envelope.ts"
import { CommandError } from "./CommandError.ts"
import { writeOut } from "./Output.ts"

const folder = Argument.String("DIR").pipe(
  Argument.withDescription("The journal's folder: `journal.path` in the configuration"),
)

const forget = Flag.String("forget").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription("Drop this cursor, whose sink is gone for good: nothing is kept for it any more"),
  Flag.optional,
)

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

const withoutSlash = (path: string): string => path.replace(/(?<=.)\/+$/, "")

const summary = (path: string, found: Examined): ReadonlyArray<string> => [
  `${path}: journal ${found.journal}, ${counted(found.segments.length, "segment")}, ${counted(found.accepted, "record")} accepted since it began`,
  ...found.segments.map(
    ({ bytes, closed, end, file, first }) =>
      `  ${file}  ${first} to ${end}, ${counted(end - first, "record")}, ${counted(bytes, "byte")}${closed ? "" : ", not closed"}`,
  ),
  ...found.cursors.map(
    ({ name, position }) => `  cursor ${name} at ${position}, ${found.accepted - position} waiting`,
  ),
  ...(found.uncertain > 0
    ? [`  ${counted(found.uncertain, "record")} behind the last sync: the next start takes them on`]
    : []),
  ...found.strays.map((file) => `  ${file} is none of the journal's and is left alone`),
  ...found.damage.map((damage) => `  DAMAGED ${describeDamage(damage)}`),
]

const check = Command.make(
  "check",
  { folder },
  Effect.fn("journal.check")(function* (given) {
    const path = withoutSlash(given.folder)
    const found = yield* examine(path)
    yield* Console.log(summary(path, found).join("\n"))
    if (found.damage.length > 0)
      return yield* new CommandError({
        detail: `${path}: damaged in ${counted(found.damage.length, "place")}. The next start heals what can be healed, skips the rest, and gives every sink all that is whole`,
      })
    yield* Console.log("sound")
  }),
).pipe(
  Command.withDescription(
    "Read all of a journal that no process holds, and change nothing: its segments, its cursors, and what is damaged. Exit 1 if anything is.",
  ),
  Command.withShortDescription("What is damaged; exit 1 if anything is"),
)

const cat = Command.make(
  "cat",
  { folder },
  Effect.fn("journal.cat")(function* (given) {
    const found = yield* examine(withoutSlash(given.folder), (envelopes) =>
      writeOut(envelopes.map((envelope) => `${payloadOf(envelope).toString()}\n`).join("")).pipe(
        // Where nobody reads any more, the process hears of it too, and is about to end.
        Effect.catch(() => Effect.never),
      ),
    )
    yield* Effect.forEach(
      found.damage,
      (damage) => Console.error(`millrace: ${found.journal}: ${describeDamage(damage)}`),
      { discard: true },
    )
  }),
).pipe(
  Command.withDescription(
    "Print the records that a journal holds, oldest first, one a line. What is damaged is left out and named on stderr.",
  ),
  Command.withShortDescription("The records that it holds, one a line"),
)

const cursors = Command.make(
  "cursors",
  { folder, forget },
  Effect.fn("journal.cursors")(function* (given) {
    const path = withoutSlash(given.folder)
    if (Option.isSome(given.forget)) {
      yield* forgetCursor(path, given.forget.value)
      return yield* Console.log(`${path}: the cursor of "${given.forget.value}" is forgotten`)
    }
    const { accepted, cursors: all } = yield* storedCursors(path)
    if (all.length === 0) return yield* Console.log("no cursors")
    yield* Console.log(
      all
        .map(
          ({ began, name, position }) =>
            `${name} at ${position}, ${position - began} delivered since it began, at least ${Math.max(0, accepted - position)} waiting`,
        )
        .join("\n"),
    )
  }),
).pipe(
  Command.withDescription(
    "List where each sink stands in a journal that no process holds. With --forget NAME the cursor of a sink that is gone for good is dropped, so that nothing is kept for it.",
  ),
  Command.withShortDescription("Where each sink stands; --forget drops one"),
)

/** `millrace journal check|cat|cursors DIR`: reads a journal that no process holds. */
export const journal = Command.make("journal").pipe(
  Command.withDescription(
    "Read a journal that no process holds: its damage, its records, its cursors. Stop the instance that uses it first.",
  ),
  Command.withShortDescription("Read a journal: check, cat, cursors"),
  Command.withSubcommands([check, cat, cursors]),
)
