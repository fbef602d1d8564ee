import { Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import type { Parameters } from "./Query.ts"
import { answerTo, requestParameters } from "./Answer.ts"
import { page } from "./Page.ts"

/** No script, nothing from elsewhere. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** A form sends its empty fields too. */
const filled = (parameters: Parameters): Parameters => {
  const kept = Object.entries(parameters).filter(([, value]) => value !== "")
  const given = Object.fromEntries(kept)
  // Whoever fills in a begin means that one, not the window that was shown before.
  return "from" in given ? { ...given, window: undefined } : given
}

const show = (status: number, text: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(text, {
    status,
    contentType: "text/html; charset=utf-8",
    headers: { "content-security-policy": policy, "cache-control": "no-store" },
  })

const answer = Effect.gen(function* () {
  const parameters = filled(yield* requestParameters)
  return yield* answerTo(parameters).pipe(
    Effect.map((view) => show(200, page(parameters, { view }))),
    Effect.catchTags({
      BadRequest: ({ error }) => Effect.succeed(show(400, page(parameters, { error }))),
      Unavailable: ({ error }) => Effect.succeed(show(503, page(parameters, { error }))),
    }),
  )
})

/** `GET /continuity`: what came and what is missing, for people. */
export const continuityPage = HttpRouter.add("GET", "/continuity", answer)
