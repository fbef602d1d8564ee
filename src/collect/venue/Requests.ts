import type { SubscriptionRequest } from "../../../services/Collection.ts"
import { parseDataType } from "../../domain/DataType.ts"
import type { Stream } from "../../domain/Stream.ts"
import { isRefusal, type Venue } from "../../exchanges/Venue.ts"

/** One stream of a request, or why there is none. */
export interface Resolved {
  /** As it was asked for. */
  readonly symbol: string
  readonly dataType: string
  readonly stream: Stream | undefined
  readonly reason: string
}

/** Every symbol with every data type of a request, resolved or refused by name. */
export const resolve = (venue: Venue, request: Omit<SubscriptionRequest, "venue">): ReadonlyArray<Resolved> =>
  request.symbols.flatMap((symbol) => {
    const instrument = venue.instrument(symbol)
    return request.dataTypes.map((word): Resolved => {
      const refused = (reason: string): Resolved => ({ symbol, dataType: word, stream: undefined, reason })
      if (isRefusal(instrument)) return refused(instrument.refused)
      const dataType = parseDataType(word)
      if (dataType === undefined)
        return refused(`"${word}" is no data type; ${venue.name} offers ${venue.offers.join(", ")}`)
      const stream = venue.stream(dataType, instrument)
      if (isRefusal(stream)) return refused(stream.refused)
      return { symbol, dataType: word, stream, reason: "" }
    })
  })
