import { Command } from "effect/cli"
import { digest, due, next } from "./TaskTools.ts"

/** `millrace task`: the task table, and what a node will do, on a terminal. */
export const task = Command.make("task").pipe(
  Command.withDescription(
    "Collection on demand. `next`, `due` and `digest` need no instance: they show exactly what a node will do.",
  ),
  Command.withShortDescription("Collection on demand: when tasks fire, and what lists they make"),
  Command.withSubcommands([next, due, digest]),
)
