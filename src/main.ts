#!/usr/bin/env node
import "./cli/NodeVersion.ts"
import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { check } from "./cli/Check.ts"
import { runProcess } from "./cli/Main.ts"
import { commandLine } from "./cli/CommandLine.ts"
import { replay } from "./cli/Replay.ts"
import { run } from "./cli/Run.ts"
import { simulate } from "./cli/Simulate.ts"
import { tap } from "./cli/Tap.ts"
import { top } from "./cli/Top.ts"

const millrace = Command.make("millrace").pipe(
  Command.withDescription(
    "Collects market data from exchanges and delivers it in order, losing nothing silently.\n\n  Trouble? `millrace check --config FILE` says what is wrong with a configuration; `millrace top` shows what a running instance is doing; its GET /ready says why it is not ready.",
  ),
  Command.withSubcommands([run, check, replay, simulate, top, tap]),
)

commandLine(millrace).pipe(Effect.provide(NodeServices.layer), runProcess)
