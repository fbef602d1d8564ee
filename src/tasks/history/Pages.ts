import { Effect, Result, Schema } from "effect"
import type { RestError } from "../../../services/Rest.ts"
import type { VenueRequests } from "../../../services/VenueRequests.ts"
import type { History, HistoryPage, HistoryQuestion } from "../../exchanges/Venue.ts"
import { startOf } from "../../runtime/RateLimitedLog.ts"
import { jittered, type RetryPolicy } from "../RetryPolicy.ts"

/** A venue did not give a page, in its own words. */
export class HistoryFailure extends Schema.TaggedError<HistoryFailure>()("HistoryFailure", {
  detail: Schema.String,
  /** Whether asking again may help. */
  passes: Schema.Boolean,
  /** It was asked again, as often as the task's policy says. */
  triedOut: Schema.optionalKey(Schema.Boolean),
}) {
  override get message(): string {
    return this.detail
  }
}

/** A refusal stays one; what is away, is busy or forbids us for a while may come back. */
const passes = ({ reason, status = 0 }: RestError): boolean =>
  reason === "unreachable" ||
  reason === "timeout" ||
  reason === "rate_limited" ||
  reason === "banned" ||
  (reason === "status" && status >= 500)

export interface PageRequests {
  readonly requests: VenueRequests["Service"]
  readonly venue: string
  readonly policy: RetryPolicy
  /** Told of each request before it is made. */
  readonly onRequest: () => void
  /** Told why a page did not come that is asked for again. */
  readonly onFailure: (detail: string) => Effect.Effect<void>
}

/** Asks for one page until it comes or will not come: again after each wait of the policy where asking again may help. */
export const fetchPage = Effect.fn("History.page")(function* (
  { onFailure, onRequest, policy, requests, venue }: PageRequests,
  history: History,
  question: Omit<HistoryQuestion, "receivedAt">,
): Effect.fn.Return<HistoryPage, HistoryFailure> {
  const asked = history.request(question)
  const attempt = Effect.gen(function* () {
    onRequest()
    const { body, receivedAt } = yield* requests
      .get(venue, asked)
      .pipe(Effect.mapError((error) => new HistoryFailure({ detail: error.message, passes: passes(error) })))
    const page = history.read(body, { ...question, receivedAt })
    if ("reason" in page)
      return yield* new HistoryFailure({
        detail: `${asked.path}: ${page.reason === "not_json" ? `no JSON: ${startOf(body) || "an empty answer"}` : page.detail}`,
        passes: page.reason === "not_json",
      })
    if (!page.done && page.next === question.next)
      return yield* new HistoryFailure({
        detail: `${asked.path}: the venue does not go on from ${question.next}`,
        passes: false,
      })
    return page
  })
  for (const wait of policy.delays) {
    const tried = yield* Effect.result(attempt)
    if (Result.isSuccess(tried)) return tried.success
    const { detail, passes } = tried.failure
    if (!passes) return yield* tried.failure
    yield* onFailure(detail)
    yield* Effect.sleep(yield* jittered(wait))
  }
  return yield* Effect.mapError(
    attempt,
    ({ detail, passes }) => new HistoryFailure({ detail, passes, triedOut: passes }),
  )
})
