import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"

/**
 * Streams of instruments that are gone. Each is forgotten once the venue sends nothing of it any more: until then its
 * frames and the answer to its unsubscribing still name it.
 */
export interface Departures {
  readonly add: (stream: Stream) => void
  readonly size: () => number
  /** Forgets those that can be forgotten; whether there were any. */
  readonly sweep: () => boolean
}

export const makeDepartures = (options: {
  readonly venue: Pick<Venue, "forget">
  /** Collected again. */
  readonly isWanted: (stream: Stream) => boolean
  readonly isCarried: (stream: Stream) => boolean
}): Departures => {
  const leaving = new Set<Stream>()
  return {
    add: (stream) => void leaving.add(stream),
    size: () => leaving.size,
    sweep: () => {
      let swept = false
      for (const stream of leaving) {
        if (options.isWanted(stream)) leaving.delete(stream)
        else if (!options.isCarried(stream)) {
          options.venue.forget(stream)
          leaving.delete(stream)
          swept = true
        }
      }
      return swept
    },
  }
}
