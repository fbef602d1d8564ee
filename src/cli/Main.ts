import { Cause, Effect, Exit, Runtime } from "effect"
import { CliError } from "effect/cli"
import { monotonicMillis } from "../runtime/Monotonic.ts"
import { heedSignals } from "./Signals.ts"

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

/** Why a process was asked to stop, and its exit code when it then drains well. */
const afterStop = { SIGTERM: 0, SIGINT: 0, SIGPIPE: 141 } as const

type Stop = keyof typeof afterStop

/** 0 when it is done, 1 when it failed. Help that was asked for is no failure. */
const exitCode = (exit: Exit.Exit<unknown, unknown>, stopped: Stop | undefined): number => {
  const drained = Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
  if (stopped !== undefined && drained) return afterStop[stopped]
  if (Exit.isSuccess(exit)) return 0
  const error = Cause.squash(exit.cause)
  if (CliError.isCliError(error) && error._tag === "ShowHelp" && error.errors.length === 0) return 0
  explain(exit.cause)
  return 1
}

/** `timeout` signals its child and then the child's group: what comes twice in so few milliseconds was meant once. */
const onePress = 50

/**
 * Runs a program as the process. SIGTERM and SIGINT interrupt it: its finalizers drain, and it exits 0. A second
 * signal exits at once with 130, save for an echo of the first. When the reader of stdout is gone, as with `| head`, it drains and exits 141: a pipe
 * does not come back, and who started the pipeline can start it again.
 */
export const runProcess: <E, A>(program: Effect.Effect<A, E>) => void = (program) =>
  runMain(program, { disableErrorReporting: true })

const runMain = Runtime.makeRunMain(({ fiber }) => {
  let stopped: Stop | undefined
  let heardAt = 0
  const stop = (why: Stop): void => {
    stopped = why
    fiber.interruptUnsafe(fiber.id)
  }
  const onSignal = (signal: "SIGTERM" | "SIGINT"): void => {
    if (stopped === undefined) {
      heardAt = Effect.runSync(monotonicMillis)
      return stop(signal)
    }
    if (signal === stopped && Effect.runSync(monotonicMillis) - heardAt < onePress) return
    say(`${signal} again: leaving at once`)
    process.exit(130)
  }
  heedSignals(onSignal)
  process.stdout.on("error", () => stopped ?? stop("SIGPIPE"))
  fiber.addObserver((exit) => process.exit(exitCode(exit, stopped)))
})
