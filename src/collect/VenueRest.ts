import { Effect } from "effect"
import type { VenueMetrics } from "../../services/Metrics.ts"
import { Rest, type RestError, type RestResponse } from "../../services/Rest.ts"
import type { Venue } from "../exchanges/Venue.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import type { Budget } from "./Budget.ts"

const requestTimeoutMillis = 10_000
/** How long a venue that forbids us is left alone when it does not say. */
const bannedMillis = 120_000

export interface VenueRestOptions {
  readonly venue: Pick<Venue, "limits" | "name">
  readonly restEndpoint: string
  readonly proxy: string | undefined
  readonly budget: Budget
  readonly metrics: VenueMetrics
}

/** A request to a venue's REST endpoint, once its weight fits; what the venue says of its limits is heeded. */
export const makeVenueRest = (options: VenueRestOptions) => {
  const { budget, metrics } = options
  const limited = RateLimitedLog.make()
  const { restBanStatuses, restWeightHeader } = options.venue.limits

  const heed = Effect.fnUntraced(function* (response: RestResponse) {
    const used = restWeightHeader === undefined ? Number.NaN : Number(response.headers[restWeightHeader])
    if (Number.isFinite(used)) yield* budget.reported(used)
    metrics.restRequests("ok").add(1)
  })

  const heedError = Effect.fnUntraced(function* (error: RestError) {
    metrics.restRequests("error").add(1)
    const forbidden = error.status !== undefined && (restBanStatuses?.includes(error.status) ?? false)
    if (error.reason !== "rate_limited" && error.reason !== "banned" && !forbidden) return
    const millis = error.retryAfterMillis ?? bannedMillis
    yield* budget.block(millis)
    const { name } = options.venue
    yield* limited.log("Warn", name, () => [
      `${name} is asked nothing by REST for ${Math.ceil(millis / 1000)} s: ${error.message}`,
      { venue: name },
    ])
  })

  return Effect.fnUntraced(function* (request: {
    readonly path: string
    readonly weight: number
    readonly timeoutMillis?: number
  }): Effect.fn.Return<RestResponse, RestError, Rest> {
    const rest = yield* Rest
    const url = options.restEndpoint + request.path
    const proxy = options.proxy === undefined ? {} : { proxy: options.proxy }
    const ask = rest.get({
      url,
      venue: options.venue.name,
      ...proxy,
      timeoutMillis: request.timeoutMillis ?? requestTimeoutMillis,
    })
    const response = yield* Effect.map(budget.used, (used) => metrics.restWeightUsed.set(used)).pipe(
      Effect.andThen(ask),
      budget.during(request.weight),
      Effect.tapError(heedError),
    )
    yield* heed(response)
    return response
  })
}
