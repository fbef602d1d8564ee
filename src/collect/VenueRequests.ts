import { Effect, Random } from "effect"
import { Metrics } from "../../services/Metrics.ts"
import { Rest } from "../../services/Rest.ts"
import { VenueRequests } from "../../services/VenueRequests.ts"
import type { Venue } from "../exchanges/Venue.ts"
import { type Budget, makeBudget } from "./Budget.ts"
import { makeVenueRest } from "./VenueRest.ts"
import type { VenueRuntime } from "./venue/VenueRuntime.ts"

/** Of a venue whose streams are collected, tasks leave so much of the weight to snapshots, repairs and polls. */
const besideStreams = 0.5
/** Of one that is only asked: what a process before this one has spent of the window is not known. */
const alone = 0.9
const waitMillis = 250

export interface VenueRequestsOptions {
  readonly runtimes: ReadonlyMap<string, Pick<VenueRuntime, "rest" | "table">>
  /** Every venue of this version: those that are not configured are asked at their own endpoints. */
  readonly venues: ReadonlyMap<string, () => Venue>
  readonly proxy: string | undefined
}

interface Access {
  readonly request: ReturnType<typeof makeVenueRest>
  readonly budget: Budget
  readonly share: () => number
}

/** One budget a venue: that of its streams where it has some. */
export const makeVenueRequests = Effect.fnUntraced(function* ({
  proxy,
  runtimes,
  venues,
}: VenueRequestsOptions): Effect.fn.Return<VenueRequests["Service"], never, Metrics | Rest> {
  const metrics = yield* Metrics
  const rest = yield* Rest
  const known = new Map<string, Access>()
  for (const [name, { rest: asked, table }] of runtimes)
    known.set(name, {
      request: makeVenueRest(asked),
      budget: asked.budget,
      share: () => (table.size > 0 ? besideStreams : alone),
    })

  const accessOf = Effect.fnUntraced(function* (name: string) {
    const access = known.get(name)
    if (access !== undefined) return access
    const make = venues.get(name)
    if (make === undefined) return yield* Effect.die(new Error(`no venue "${name}" in this version`))
    const venue = make()
    const budget = yield* makeBudget(venue.limits.restWeight)
    const { restEndpoint } = venue
    const request = makeVenueRest({ venue, restEndpoint, proxy, budget, metrics: metrics.venue(name) })
    // Another may have made it meanwhile.
    const made = known.get(name) ?? { request, budget, share: () => alone }
    known.set(name, made)
    return made
  })

  return VenueRequests.of({
    get: Effect.fn("VenueRequests.get")(function* (name, request) {
      yield* Effect.annotateCurrentSpan({ venue: name, path: request.path })
      const { budget, request: ask, share } = yield* accessOf(name)
      for (;;) {
        const used = yield* budget.used
        // What alone is more than the share has the window to itself.
        if (used === 0 || used + request.weight <= budget.limit * share()) break
        yield* Effect.sleep(waitMillis * (0.8 + 0.4 * (yield* Random.next)))
      }
      return yield* Effect.provideService(ask(request), Rest, rest)
    }),
  })
})
