import { Command } from "effect/cli"
import { create, list, remove, rollback, run, show, start, stop, update } from "./TaskCommands.ts"
import { digest, due, next } from "./TaskTools.ts"

/** `millrace task`: the task table, and what a node will do, on a terminal. */
export const task = Command.make("task").pipe(
  Command.withDescription(
    "Collection on demand: the tasks of a running instance (--url says which).\n\n  `next`, `due` and `digest` need no instance: they show exactly what a node will do.",
  ),
  Command.withShortDescription("Collection on demand: create, list, show, change and stop tasks"),
  Command.withSubcommands([
    create,
    list,
    show,
    update,
    stop,
    start,
    run,
    rollback,
    remove,
    next,
    due,
    digest,
  ]),
)
