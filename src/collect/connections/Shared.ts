import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"

/** Of one socket: what is subscribed since when, and what is to be unsubscribed and subscribed anew. */
interface Held {
  readonly subscribed: Map<Stream, number>
  readonly renewed: Set<Stream>
}

/**
 * Settles without a message what shares a subscription: a stream that is wanted and whose subscription another one has
 * already is subscribed with it, one that is not wanted any more leaves it to those that are, and those that share one
 * are renewed together. Gives those that were subscribed so.
 */
export const share = (
  { subscriptionOf }: Pick<Venue, "subscriptionOf">,
  desired: ReadonlyMap<Stream, unknown>,
  { renewed, subscribed }: Held,
  now: number,
): ReadonlyArray<Stream> => {
  if (subscriptionOf === undefined) return []
  const anew = new Set([...renewed].map(subscriptionOf))
  const held = new Set<string>()
  for (const stream of subscribed.keys()) {
    const subscription = subscriptionOf(stream)
    if (anew.has(subscription)) renewed.add(stream)
    else if (desired.has(stream)) held.add(subscription)
  }
  for (const stream of subscribed.keys())
    if (!desired.has(stream) && held.has(subscriptionOf(stream))) subscribed.delete(stream)
  const taken: Array<Stream> = []
  for (const stream of desired.keys()) {
    if (subscribed.has(stream) || !held.has(subscriptionOf(stream))) continue
    subscribed.set(stream, now)
    taken.push(stream)
  }
  return taken
}
