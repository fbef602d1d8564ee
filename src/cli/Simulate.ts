import { Effect, Option, Result } from "effect"
import { Command, Flag } from "effect/cli"
import { parseFaults, simulate as runSimulator, venueNames } from "../simulator/index.ts"
import * as Logging from "../telemetry/Logging.ts"
import { CommandError } from "./CommandError.ts"

const venue = Flag.Literals("venue", venueNames).pipe(
  Flag.withMetavar("V"),
  Flag.withDescription("Whose protocol it speaks (default binance)"),
  Flag.withDefault("binance" as const),
)

const port = Flag.Int("port").pipe(
  Flag.withMetavar("P"),
  Flag.withDescription("The port on 127.0.0.1; 0 takes a free one (default 0)"),
  Flag.withDefault(0),
  Flag.filter(
    (value) => value >= 0 && value <= 65_535,
    () => "a port, 0 to 65535",
  ),
)

const seed = Flag.Int("seed").pipe(
  Flag.withMetavar("N"),
  Flag.withDescription("The same seed gives the same market (default 1)"),
  Flag.withDefault(1),
)

const rate = Flag.Finite("rate").pipe(
  Flag.withMetavar("R"),
  Flag.withDescription("Messages a second in all, about (default 200)"),
  Flag.withDefault(200),
  Flag.filter(
    (value) => value > 0,
    () => "a rate above 0",
  ),
)

const faults = Flag.String("faults").pipe(
  Flag.withMetavar("LIST"),
  Flag.withDescription(
    "What goes wrong, with commas between: disconnect@5s,drop:3@btcusdt@trade/every=1000,stall@10s/for=8s (docs/SIMULATOR.md)",
  ),
  Flag.optional,
)

const logging = Logging.layer({
  logLevel: "info",
  logFormat: "auto",
  terminal: process.stderr.isTTY === true,
})

/** `millrace simulate`: the exchange simulator alone. */
export const simulate = Command.make(
  "simulate",
  { venue, port, seed, rate, faults },
  Effect.fnUntraced(function* (given) {
    const schedule = Option.isNone(given.faults)
      ? Result.succeed([])
      : Result.mapError(
          parseFaults(given.faults.value),
          ({ message }) => new CommandError({ detail: `--faults: ${message}` }),
        )
    return yield* runSimulator({
      venues: [given.venue],
      port: given.port,
      seed: given.seed,
      rate: given.rate,
      faults: yield* Effect.fromResult(schedule),
    }).pipe(Effect.provide(logging))
  }),
).pipe(
  Command.withDescription(
    "Run the exchange simulator alone: real WebSocket and REST servers on loopback, with a market that is a function of the seed and the time of day.",
  ),
  Command.withShortDescription("Run the exchange simulator alone"),
)
