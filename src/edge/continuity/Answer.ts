import { Clock, Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { Collection } from "../../../services/Collection.ts"
import type { ContinuityView } from "../../../services/ContinuityHistory.ts"
import { BadRequest, Unavailable } from "../ApiErrors.ts"
import { type Parameters, parseQuery } from "./Query.ts"

/** A month of many streams is read from the disk. */
const patience = "10 seconds"

/** The parameters of the request as it came, also those that nobody knows. */
export const requestParameters = Effect.map(HttpServerRequest.HttpServerRequest, ({ url }): Parameters => {
  const start = url.indexOf("?")
  return start < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(start + 1)))
})

/** What the history says to a request; what is wrong with it, or with the history, as the API's errors. */
export const answerTo = Effect.fnUntraced(function* (
  parameters: Parameters,
): Effect.fn.Return<ContinuityView, BadRequest | Unavailable, Collection> {
  const { continuity } = yield* Collection
  const query = parseQuery(parameters, yield* Clock.currentTimeMillis)
  if (query instanceof BadRequest) return yield* query
  return yield* continuity(query).pipe(
    Effect.mapError(({ message }) => new Unavailable({ error: message })),
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () =>
        Effect.fail(
          new Unavailable({
            error: `the history of continuity did not answer within ${patience}; ask for a shorter window, or see the log`,
          }),
        ),
    }),
  )
})
