import { Effect, Schedule, Schema } from "effect"
import type { RestError } from "../../../services/Rest.ts"
import type { VenueRequests } from "../../../services/VenueRequests.ts"
import type { History, HistoryPage, HistoryQuestion } from "../../exchanges/Venue.ts"
import { reconnect } from "../../runtime/Backoff.ts"

/** A venue did not give a page, in its own words. */
export class HistoryFailure extends Schema.TaggedError<HistoryFailure>()("HistoryFailure", {
  detail: Schema.String,
  /** Whether asking again may help. */
  passes: Schema.Boolean,
}) {
  override get message(): string {
    return this.detail
  }
}

/** Tries of one page: with the waits between them about half a minute. */
const maxTries = 6

const again = Schedule.max([
  reconnect({ first: "500 millis", max: "30 seconds" }),
  Schedule.recurs(maxTries - 1),
])

/** A refusal stays one; what is away, is busy or forbids us for a while may come back. */
const passes = ({ reason, status = 0 }: RestError): boolean =>
  reason === "unreachable" ||
  reason === "timeout" ||
  reason === "rate_limited" ||
  reason === "banned" ||
  (reason === "status" && status >= 500)

/** Asks for one page until it comes or will not come. `onRequest`: told of each request before it is made. */
export const fetchPage = Effect.fn("History.page")(function* (
  requests: VenueRequests["Service"],
  venue: string,
  history: History,
  question: Omit<HistoryQuestion, "receivedAt">,
  onRequest: () => void,
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
        detail: `${asked.path}: ${page.detail}`,
        passes: page.reason === "not_json",
      })
    if (!page.done && page.next === question.next)
      return yield* new HistoryFailure({
        detail: `${asked.path}: the venue does not go on from ${question.next}`,
        passes: false,
      })
    return page
  })
  return yield* Effect.retry(attempt, { schedule: again, while: ({ passes }) => passes })
})
