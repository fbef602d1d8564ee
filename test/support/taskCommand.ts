import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Semaphore } from "effect"
import { Command } from "effect/cli"
import { task } from "../../src/cli/Task.ts"

export interface Said {
  readonly stdout: string
  /** The message of its failure; `undefined` where there is none. */
  readonly failed: string | undefined
}

/** There is one stdout. */
const oneAtATime = Semaphore.makeUnsafe(1)

const run = Command.runWith(task, { version: "0.0.0" })

const captured = Effect.acquireRelease(
  Effect.sync(() => {
    const chunks: Array<string> = []
    const { write } = process.stdout
    process.stdout.write = ((chunk: Uint8Array | string, done?: (error?: Error) => void) => {
      chunks.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"))
      done?.()
      return true
    }) as typeof write
    return { text: () => chunks.join(""), write }
  }),
  ({ write }) => Effect.sync(() => void (process.stdout.write = write)),
)

/** Runs `millrace task …` within this process, which takes none of the time that loading the program takes. */
export const taskCommand = (args: ReadonlyArray<string>): Effect.Effect<Said> =>
  Effect.gen(function* () {
    const { text } = yield* captured
    const exit = yield* Effect.exit(run(args).pipe(Effect.provide(NodeServices.layer)))
    const failed = Exit.isSuccess(exit)
      ? undefined
      : String(Cause.squash(exit.cause)).replace(/^\w*Error: /, "")
    return { stdout: text(), failed }
  }).pipe(Effect.scoped, oneAtATime.withPermit)
