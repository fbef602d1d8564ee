import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"

/** What one message can carry of these streams, from the first on: as many as the venue takes, of one group, not too long. */
export const nextMessage = (
  venue: Pick<Venue, "limits" | "messageGroup" | "subscribe" | "unsubscribe">,
  kind: "subscribe" | "unsubscribe",
  streams: ReadonlyArray<Stream>,
): ReadonlyArray<Stream> => {
  const { limits, messageGroup } = venue
  const group = messageGroup === undefined ? undefined : messageGroup(streams[0]!)
  const alike = messageGroup === undefined ? streams : streams.filter((each) => messageGroup(each) === group)
  let chosen = alike.slice(0, limits.streamsPerMessage)
  const { messageBytes } = limits
  if (messageBytes === undefined) return chosen
  while (chosen.length > 1 && Buffer.byteLength(venue[kind](chosen, Number.MAX_SAFE_INTEGER)) > messageBytes)
    chosen = chosen.slice(0, chosen.length >> 1)
  return chosen
}
