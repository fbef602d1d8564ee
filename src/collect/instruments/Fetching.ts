import { Effect } from "effect"
import type { Rest, RestError } from "../../../services/Rest.ts"
import type { Reject } from "../../domain/Decoded.ts"
import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import type { InstrumentRequest, Venue } from "../../exchanges/Venue.ts"
import { makeVenueRest, type VenueRestOptions } from "../VenueRest.ts"

/** No venue needs so many requests: one whose pages never end is given up. */
const maxRequests = 500
/** A whole list may be many megabytes. */
const timeoutMillis = 60_000

/** A venue's whole list. */
export interface Fetched {
  readonly instruments: ReadonlyArray<ListedInstrument>
  /** Entries that could not be read. */
  readonly unreadable: ReadonlyArray<string>
}

/** Asks for all parts of the list, one after the other within the venue's weight. Part of a list is none. */
export const makeFetching = (options: VenueRestOptions & { readonly venue: Venue }) => {
  const { instruments: rule } = options.venue
  const get = makeVenueRest(options)

  return Effect.fn("Instruments.fetch")(function* (): Effect.fn.Return<Fetched, RestError | Reject, Rest> {
    const instruments: Array<ListedInstrument> = []
    const unreadable: Array<string> = []
    const requests: Array<InstrumentRequest> = [...rule.requests]
    const asked = new Set<string>()
    for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
      if (asked.has(request.path)) continue
      if (asked.size === maxRequests)
        return yield* Effect.fail({
          reason: "too_large" as const,
          detail: `its pages do not end: ${maxRequests} were read`,
        })
      asked.add(request.path)
      const { body } = yield* get({ ...request, timeoutMillis })
      const answer = rule.decode(body, request)
      if ("reason" in answer)
        return yield* Effect.fail({ ...answer, detail: `${request.path}: ${answer.detail}` })
      instruments.push(...answer.instruments)
      unreadable.push(...answer.unreadable)
      requests.push(...(answer.more ?? []))
    }
    return { instruments, unreadable }
  })
}
