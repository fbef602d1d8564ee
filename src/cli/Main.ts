import { Cause, type Effect, Exit, Runtime } from "effect"
import { CliError } from "effect/cli"

const say = (text: string): void => {
  process.stderr.write(`millrace: ${text}\n`)
}

/** What a person needs to see of a failure: its message; a whole stack only for what must be a defect of Millrace. */
const explain = (cause: Cause.Cause<unknown>): void => {
  const error = Cause.squash(cause)
  // The command line's own errors were printed together with the help.
  if (CliError.isCliError(error)) return
  if (Cause.hasDies(cause)) say(`a defect of Millrace, please report it:\n${Cause.pretty(cause)}`)
  else say(error instanceof Error ? error.message : Cause.pretty(cause))
}

/** 0 when it is done or was stopped by a signal, 1 when it failed. Help that was asked for is no failure. */
const exitCode = (exit: Exit.Exit<unknown, unknown>, stopped: boolean): number => {
  if (Exit.isSuccess(exit)) return 0
  if (stopped && Cause.hasInterruptsOnly(exit.cause)) return 0
  const error = Cause.squash(exit.cause)
  if (CliError.isCliError(error) && error._tag === "ShowHelp" && error.errors.length === 0) return 0
  explain(exit.cause)
  return 1
}

/**
 * Runs a program as the process. SIGTERM and SIGINT interrupt it: its finalizers drain, and it exits 0. A second
 * signal exits at once with 130.
 */
export const runProcess: <E, A>(program: Effect.Effect<A, E>) => void = (program) =>
  runMain(program, { disableErrorReporting: true })

const runMain = Runtime.makeRunMain(({ fiber }) => {
  let stopped = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopped) {
      say(`${signal} again: leaving at once`)
      process.exit(130)
    }
    stopped = true
    fiber.interruptUnsafe(fiber.id)
  }
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)
  fiber.addObserver((exit) => process.exit(exitCode(exit, stopped)))
})
