import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { AppConfig } from "../config/AppConfig.ts"
import type { Loaded } from "../config/Load.ts"
import { venues } from "../exchanges/index.ts"
import { isRefusal } from "../exchanges/Venue.ts"
import { parseDataType } from "../domain/DataType.ts"
import { notBuiltYet } from "./CommandError.ts"
import { configFlag, configLayer } from "./ConfigFlag.ts"

const live = Flag.Boolean("live").pipe(
  Flag.withDescription("Also connect, subscribe, and wait for one frame of each stream"),
  Flag.withDefault(false),
)

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

const streamsOf = (name: string, { symbols, dataTypes }: Loaded["config"]["exchanges"][string]): number => {
  const venue = venues.get(name)?.()
  if (venue === undefined) return 0
  const keys = symbols.flatMap((symbol) => {
    const instrument = venue.instrument(symbol)
    if (isRefusal(instrument)) return []
    return dataTypes.flatMap((word) => {
      const dataType = parseDataType(word)
      const stream = dataType && venue.stream(dataType, instrument)
      return stream === undefined || isRefusal(stream) ? [] : [stream.key]
    })
  })
  return new Set(keys).size
}

/** What would be collected, from where to where: enough to see that the right file was read. */
const summary = ({ config, files }: Loaded): ReadonlyArray<string> => [
  `${files.join(", ")}: good`,
  ...Object.entries(config.exchanges).map(
    ([name, venue]) =>
      `  ${name}: ${counted(streamsOf(name, venue), "stream")} of ${counted(venue.symbols.length, "symbol")}, from ${
        venue.wsEndpoint ?? (config.simulator === undefined ? "the exchange" : "the simulator")
      }`,
  ),
  ...config.sinks.map(
    (sink) =>
      `  sink ${sink.name}: ${sink.type === "files" ? sink.path : sink.type === "kafka" ? `kafka at ${sink.brokers.join(", ")}` : sink.type}`,
  ),
]

/** `millrace check`: validates without connecting to anything. */
export const check = Command.make(
  "check",
  { config: configFlag, live },
  Effect.fn("check")(function* (options) {
    if (options.live)
      return yield* notBuiltYet("check --live", "without --live it checks all that a file can say")
    const loaded = yield* AppConfig.pipe(Effect.provide(configLayer(options.config)))
    yield* Console.log(summary(loaded).join("\n"))
    yield* Effect.forEach(loaded.warnings, (warning) => Console.error(`warning: ${warning}`), {
      discard: true,
    })
  }),
).pipe(
  Command.withDescription(
    "Check a configuration and start nothing.\n\n  Every problem is printed with its path, what was expected and what was found; exit 1 if there is any.",
  ),
  Command.withShortDescription("Check a configuration; every problem with its path"),
  Command.withExamples([{ command: "millrace check --config my.yaml", description: "Check one file" }]),
)
