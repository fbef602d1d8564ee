import { Command } from "effect/cli"
import { notBuiltYet } from "./CommandError.ts"
import { configFlag } from "./ConfigFlag.ts"

/** `millrace run`: collects until it is stopped. */
export const run = Command.make("run", { config: configFlag }, () => notBuiltYet("run")).pipe(
  Command.withDescription(
    "Collect until stopped.\n\n  Without --config it needs no network and no broker: it starts an exchange simulator, collects from it and writes files under data/. SIGTERM and Ctrl-C drain and exit 0; a second one exits at once (130), and what was not delivered stays in the journal. The summary and the logs go to stderr.",
  ),
  Command.withShortDescription("Collect until stopped"),
  Command.withExamples([
    { command: "millrace run", description: "The default configuration: simulator to files" },
    { command: "millrace run --config config/binance-kafka.yaml", description: "Binance to Kafka" },
    {
      command: "MILLRACE_SERVER__PORT=8081 millrace run",
      description: "Any key a.b can be set as MILLRACE_A__B",
    },
  ]),
)
