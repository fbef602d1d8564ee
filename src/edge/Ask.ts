import { Effect } from "effect"
import { Unavailable } from "./ApiErrors.ts"

/** How long the API waits for a part of the collection before it says that the part does not answer. */
const patience = "2 seconds"

/** Asks a part for what it knows. It may be starting, draining or stuck: the API answers anyway. */
export const ask = <A, R>(
  part: string,
  question: Effect.Effect<A, never, R>,
): Effect.Effect<A, Unavailable, R> =>
  Effect.timeoutOrElse(question, {
    duration: patience,
    orElse: () =>
      Effect.fail(
        new Unavailable({ error: `${part} did not answer within ${patience}; see /metrics and the log` }),
      ),
  })

/** Why the process is not ready; empty when it is. A collection that does not answer is not ready. */
export const reasonsOf = (
  unready: Effect.Effect<ReadonlyArray<string>>,
): Effect.Effect<ReadonlyArray<string>> =>
  ask("the collection", unready).pipe(Effect.catch((error) => Effect.succeed([error.error])))
