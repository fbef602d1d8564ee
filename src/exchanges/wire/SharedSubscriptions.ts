import type { Stream } from "../../domain/Stream.ts"
import { isRefusal, type Venue } from "../Venue.ts"
import type { Catalogue } from "./Catalogue.ts"

/** Streams of a venue that are subscribed together, where one subscription carries several. */
export interface SharedSubscriptions extends Pick<Venue, "forget" | "stream" | "streamOfWire"> {
  /** Those asked for so far that come by this key. */
  readonly carriedBy: (key: string) => ReadonlyArray<Stream>
}

const none: ReadonlyArray<Stream> = []

/** `keyOf`: what a stream is subscribed by, as its messages name it too. */
export const shareSubscriptions = (
  catalogue: Catalogue,
  keyOf: (stream: Stream) => string,
): SharedSubscriptions => {
  const byKey = new Map<string, Array<Stream>>()

  const asked = (stream: Stream): Stream => {
    const key = keyOf(stream)
    const same = byKey.get(key)
    if (same === undefined) byKey.set(key, [stream])
    else if (!same.includes(stream)) same.push(stream)
    return stream
  }

  return {
    stream: (dataType, instrument) => {
      const found = catalogue.stream(dataType, instrument)
      return isRefusal(found) ? found : asked(found)
    },
    streamOfWire: (wire) => {
      const found = catalogue.find(wire)
      return found === undefined ? undefined : asked(found)
    },
    forget: (stream) => {
      catalogue.forget(stream)
      const key = keyOf(stream)
      const left = (byKey.get(key) ?? none).filter((each) => each !== stream)
      if (left.length === 0) byKey.delete(key)
      else byKey.set(key, left)
    },
    carriedBy: (key) => byKey.get(key) ?? none,
  }
}
