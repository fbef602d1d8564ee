import { Effect } from "effect"
import { CommandError } from "./CommandError.ts"

/**
 * Writes to stdout, and completes once it is out: a process that ends takes what is still on its way into a pipe with
 * it, which a line or two never is, and megabytes are.
 */
export const writeOut = (bytes: Uint8Array | string): Effect.Effect<void, CommandError> =>
  Effect.callback((resume) => {
    process.stdout.write(bytes, (error) =>
      resume(
        error === undefined || error === null
          ? Effect.void
          : Effect.fail(new CommandError({ detail: `cannot write to stdout: ${error.message}` })),
      ),
    )
  })
