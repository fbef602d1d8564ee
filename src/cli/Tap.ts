import { Command, Flag } from "effect/cli"
import { notBuiltYet } from "./CommandError.ts"
import { instanceFlag } from "./InstanceFlag.ts"

const type = Flag.String("type").pipe(
  Flag.withMetavar("T"),
  Flag.withDescription("Only records of this type: trade, kline, …"),
  Flag.optional,
)

const symbol = Flag.String("symbol").pipe(
  Flag.withMetavar("S"),
  Flag.withDescription("Only records of this canonical symbol: BTC-USDT"),
  Flag.optional,
)

const limit = Flag.Int("limit").pipe(
  Flag.withMetavar("N"),
  Flag.withDescription("Stop after so many records"),
  Flag.optional,
)

/** `millrace tap`: the records of a running instance, one a line. */
export const tap = Command.make("tap", { url: instanceFlag, type, symbol, limit }, () =>
  notBuiltYet("tap"),
).pipe(
  Command.withDescription(
    "Print the records of a running instance as they are accepted, one JSON object a line.",
  ),
  Command.withShortDescription("Print the records of a running instance"),
  Command.withExamples([
    { command: "millrace tap --type trade --symbol BTC-USDT --limit 10", description: "Ten trades" },
  ]),
)
