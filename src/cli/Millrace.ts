import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { check } from "./Check.ts"
import { runProcess } from "./Main.ts"
import { commandLine } from "./CommandLine.ts"
import { control } from "./Control.ts"
import { deadLetters } from "./DeadLetters.ts"
import { journal } from "./Journal.ts"
import { node } from "./Node.ts"
import { packageCommand } from "./Package.ts"
import { plugin } from "./Plugin.ts"
import { record } from "./Record.ts"
import { replay } from "./Replay.ts"
import { run } from "./Run.ts"
import { simulate } from "./Simulate.ts"
import { tap } from "./Tap.ts"
import { task } from "./Task.ts"
import { top } from "./Top.ts"

const millrace = Command.make("millrace").pipe(
  Command.withDescription(
    "Collects market data from exchanges and delivers it in order, losing nothing silently.\n\n  Trouble? `millrace check --config FILE` says what is wrong with a configuration; `millrace top` shows what a running instance is doing; its GET /ready says why it is not ready.",
  ),
  Command.withSubcommands([
    run,
    node,
    control,
    check,
    record,
    replay,
    simulate,
    top,
    tap,
    task,
    deadLetters,
    journal,
    plugin,
    packageCommand,
  ]),
)

commandLine(millrace).pipe(Effect.provide(NodeServices.layer), runProcess)
