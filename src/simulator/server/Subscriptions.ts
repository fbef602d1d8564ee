import type { Feed } from "../venues/Feed.ts"
import type { Route } from "../venues/Protocol.ts"
import type { Exchange } from "./Exchange.ts"
import { readRequest } from "./Requests.ts"

/** A stream that sends, and the market time from which it does. */
export interface Active {
  readonly feed: Feed
  readonly since: number
}

/** The streams of one connection, and the dialogue about them. */
export interface Subscriptions {
  readonly size: () => number
  readonly names: () => ReadonlyArray<string>
  /** Whether frames are wrapped in `{"stream":…,"data":…}`. */
  readonly combined: () => boolean
  readonly active: () => ReadonlyArray<Active>
  /** Takes all or, where they are too many for the connection, none. */
  readonly add: (names: ReadonlyArray<string>) => boolean
  /** The reply to a client's message. */
  readonly answer: (text: string) => string
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

  const add = (names: ReadonlyArray<string>): boolean => {
    const fresh = new Set(names.filter((name) => !streams.has(name)))
    if (streams.size + fresh.size > exchange.limits.streamsPerConnection) return false
    const since = marketNow()
    for (const name of fresh) {
      const feed = admits(name) ? exchange.feed(name, route) : undefined
      streams.set(name, feed === undefined ? undefined : { feed, since })
    }
    active = undefined
    return true
  }

  const result = (id: unknown, value: unknown) => ({ result: value, id })

  const reply = (text: string): unknown => {
    const request = readRequest(text, exchange.protocol)
    switch (request.method) {
      case "INVALID": {
        const { code, id, msg } = request
        return { error: { code, msg }, ...(id === undefined ? {} : { id }) }
      }
      case "SUBSCRIBE":
        return add(request.streams)
          ? result(request.id, null)
          : { error: { code: 2, msg: "Invalid request: too many parameters" }, id: request.id }
      case "UNSUBSCRIBE":
        for (const name of request.streams) streams.delete(name)
        active = undefined
        return result(request.id, null)
      case "LIST_SUBSCRIPTIONS":
        return result(request.id, [...streams.keys()])
      case "SET_PROPERTY":
        combined = request.combined
        return result(request.id, null)
      case "GET_PROPERTY":
        return result(request.id, combined)
    }
  }

  return {
    size: () => streams.size,
    names: () => [...streams.keys()],
    combined: () => combined,
    active: () => (active ??= [...streams.values()].filter((each) => each !== undefined)),
    add,
    answer: (text) => JSON.stringify(reply(text)),
  }
}
