import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { AppConfig } from "../config/AppConfig.ts"
import type { Loaded } from "../config/Load.ts"
import { venues } from "../exchanges/index.ts"
import { isRefusal } from "../exchanges/Venue.ts"
import { isPattern } from "../domain/InstrumentPattern.ts"
import { parseDataType } from "../domain/DataType.ts"
import { type LiveFinding, liveCheck } from "../app/LiveCheck.ts"
import { checkNode } from "../app/NodeCheck.ts"
import * as Logging from "../telemetry/Logging.ts"
import { CommandError } from "./CommandError.ts"
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

/** What patterns select is known once the venue has said what it lists. */
const patternsOf = (symbols: ReadonlyArray<string>): string => {
  const patterns = symbols.filter(isPattern)
  return patterns.length === 0 ? "" : ` and what ${patterns.join(", ")} selects`
}

/** What would be collected, from where to where: enough to see that the right file was read. */
const summary = ({ config, files }: Loaded): ReadonlyArray<string> => [
  `${files.join(", ")}: good`,
  ...Object.entries(config.exchanges).map(
    ([name, venue]) =>
      `  ${name}: ${counted(streamsOf(name, venue), "stream")} of ${counted(venue.symbols.filter((symbol) => !isPattern(symbol)).length, "symbol")}${patternsOf(venue.symbols)}, from ${
        venue.wsEndpoint ?? (config.simulator === undefined ? "the exchange" : "the simulator")
      }`,
  ),
  ...config.sinks.map(
    (sink) =>
      `  sink ${sink.name}: ${sink.type === "files" ? sink.path : sink.type === "kafka" ? `kafka at ${sink.brokers.join(", ")}` : sink.type}`,
  ),
]

/** A ticker comes each second or two; a stream that is silent for longer needs a look. */
const liveWaitMillis = 30_000

const lineOf = ({ detail, good, what }: LiveFinding): string =>
  `  ${good ? "ok  " : "FAIL"} ${what}${detail === "" ? "" : `: ${detail}`}`

/** Prints what each stream did, and fails when one did nothing. */
const checkLive = Effect.fnUntraced(function* ({ config }: Loaded) {
  yield* Console.log(`connecting, and waiting up to ${liveWaitMillis / 1000} s for each stream`)
  const logging = Logging.layer({ ...config.telemetry, terminal: process.stderr.isTTY === true })
  const found = yield* Effect.provide(liveCheck(config, liveWaitMillis), logging)
  yield* Console.log(found.map(lineOf).join("\n"))
  const failed = found.filter(({ good }) => !good).length
  if (failed > 0) return yield* new CommandError({ detail: `${failed} of ${found.length} failed` })
})

/** `millrace check`: validates; with `--live` it also connects, subscribes and waits for one frame of each stream. */
export const check = Command.make(
  "check",
  { config: configFlag, live },
  Effect.fn("check")(function* (options) {
    const loaded = yield* AppConfig.pipe(Effect.provide(configLayer(options.config)))
    const odd = yield* checkNode(loaded.config)
    yield* Console.log(summary(loaded).join("\n"))
    yield* Effect.forEach([...loaded.warnings, ...odd], (warning) => Console.error(`warning: ${warning}`), {
      discard: true,
    })
    if (options.live) yield* checkLive(loaded)
  }),
).pipe(
  Command.withDescription(
    "Check a configuration and start nothing.\n\n  Every problem is printed with its path, what was expected and what was found; exit 1 if there is any. With --live it also connects, subscribes and waits for one frame of each stream, and writes nothing.",
  ),
  Command.withShortDescription("Check a configuration; every problem with its path"),
  Command.withExamples([{ command: "millrace check --config my.yaml", description: "Check one file" }]),
)
