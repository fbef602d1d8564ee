import type { Feed } from "../venues/Feed.ts"
import type { Route, Streams } from "../venues/Protocol.ts"
import type { Exchange } from "./Exchange.ts"

/** A stream that sends, and the market time from which it does. */
export interface Active {
  readonly feed: Feed
  readonly since: number
  /** What a subscriber gets first was sent, or there is none. */
  opened: boolean
}

/** The streams of one connection. */
export interface Subscriptions extends Streams {
  readonly size: () => number
  readonly active: () => ReadonlyArray<Active>
}

export const makeSubscriptions = (
  exchange: Exchange,
  route: Route,
  marketNow: () => number,
  /** False for a stream that is acknowledged and then stays silent. */
  admits: (stream: string) => boolean,
): Subscriptions => {
  /** A stream that never sends is acknowledged and listed as any other. */
  const streams = new Map<string, Active | undefined>()
  let combined = route.combined
  let active: ReadonlyArray<Active> | undefined

  /** An instrument that was taken off took its subscriptions with it. */
  const prune = (): void => {
    for (const [name, each] of streams)
      if (each?.feed.isOver?.() === true) {
        streams.delete(name)
        active = undefined
      }
  }

  const add = (names: ReadonlyArray<string>): boolean => {
    prune()
    const fresh = new Set(names.filter((name) => !streams.has(name)))
    if (streams.size + fresh.size > exchange.limits.streamsPerConnection) return false
    const since = marketNow()
    for (const name of fresh) {
      const feed = admits(name) ? exchange.feed(name, route) : undefined
      streams.set(name, feed === undefined ? undefined : { feed, since, opened: feed.opening === undefined })
    }
    active = undefined
    return true
  }

  return {
    size: () => streams.size,
    names: () => {
      prune()
      return [...streams.keys()]
    },
    combined: () => combined,
    combine: (wanted) => {
      combined = wanted
    },
    active: () => (active ??= [...streams.values()].filter((each) => each !== undefined)),
    add,
    remove: (names) => {
      for (const name of names) streams.delete(name)
      active = undefined
    },
  }
}
