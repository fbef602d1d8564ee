import { Command } from "effect/cli"
import { notBuiltYet } from "./CommandError.ts"
import { instanceFlag } from "./InstanceFlag.ts"

/** `millrace top`: the actors of a running instance. */
export const top = Command.make("top", { url: instanceFlag }, () => notBuiltYet("top")).pipe(
  Command.withDescription(
    "Watch a running instance: each actor's state, restarts, mailbox depth and last error, the streams, the sinks and what waits for them.",
  ),
  Command.withShortDescription("Watch a running instance: its actors, streams and sinks"),
)
