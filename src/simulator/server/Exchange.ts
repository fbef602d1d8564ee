import { activityOf } from "../market/Activity.ts"
import { type Listing, listingsOf } from "../market/Listing.ts"
import { makeSymbolMarket, type SymbolMarket } from "../market/SymbolMarket.ts"
import { makeTapes } from "../market/Tape.ts"
import { type Feed, makeFeed } from "../venues/Feed.ts"
import type { Catalogue, Limits, Protocol, Route } from "../venues/Protocol.ts"
import { messageFrame } from "./Frames.ts"

/** The messages of one stream in one period, and their frames for both kinds of connection, made once. */
export interface Batch {
  readonly payloads: ReadonlyArray<string>
  readonly frames: (combined: boolean) => string
}

/** One venue: its markets, and its streams by name. */
export interface Exchange extends Catalogue {
  readonly protocol: Protocol
  /**
   * `undefined` for a stream that will never send anything: another venue's, an unknown symbol's, a wrong route's.
   * Without a route, of any.
   */
  readonly feed: (name: string, route?: Route) => Feed | undefined
  readonly batch: (feed: Feed, from: number, to: number) => Batch
  /** Lists a pair, as one or several instruments; the native names of those that are new. */
  readonly list: (symbol: string) => ReadonlyArray<string>
  /** Takes an instrument off: nothing more is sent of it, and requests for it are refused as for one that never was. */
  readonly delist: (native: string) => boolean
}

const makeBatch = ({ binary, wrap }: Protocol, name: string, payloads: ReadonlyArray<string>): Batch => {
  const made: [raw: string | undefined, combined: string | undefined] = [undefined, undefined]
  const build = (combined: boolean): string => {
    let text = ""
    for (const payload of payloads) text += messageFrame(binary, combined ? wrap(name, payload) : payload)
    return text
  }
  return { payloads, frames: (combined) => (made[combined ? 1 : 0] ??= build(combined)) }
}

/** Throws on a symbol that cannot be listed; `rate` is for all symbols together. */
export const makeExchange = (
  protocol: Protocol,
  options: {
    readonly seed: number
    readonly symbols: ReadonlyArray<string>
    readonly rate: number
    readonly limits: Limits
  },
): Exchange => {
  const { seed, symbols } = options
  const { decimals, push, style, venue } = protocol
  const listings = symbols.flatMap((symbol) => {
    const found = listingsOf(symbol, style)
    if (found.length === 0) throw new Error(`cannot list "${symbol}"`)
    return found
  })
  const activity = activityOf(options.rate / listings.length, push)
  const tapes = makeTapes(seed, activity)
  const markets = new Map<string, SymbolMarket>()
  const open = (listing: Listing): void =>
    void markets.set(listing.native, makeSymbolMarket({ seed, venue, listing, activity, tapes, decimals }))
  for (const listing of listings) open(listing)
  const feeds = new Map<string, Feed>()
  const latest = new Map<Feed, { readonly from: number; readonly to: number; readonly batch: Batch }>()

  return {
    protocol,
    symbols: markets,
    limits: options.limits,
    feed: (name, route) => {
      const stream = protocol.stream(name)
      const symbol = stream === undefined ? undefined : markets.get(stream.native)
      if (symbol === undefined || stream === undefined) return undefined
      const { kind } = stream
      if (route !== undefined && !protocol.carries(route, kind)) return undefined
      const known = feeds.get(name)
      if (known !== undefined) return known
      const made = makeFeed(protocol, symbol, kind, name)
      const isOver = () => markets.get(stream.native) !== symbol
      const feed: Feed = { ...made, isOver, between: (from, to) => (isOver() ? [] : made.between(from, to)) }
      feeds.set(name, feed)
      return feed
    },
    list: (symbol) => {
      const fresh = listingsOf(symbol, style).filter(({ native }) => !markets.has(native))
      for (const listing of fresh) open(listing)
      return fresh.map(({ native }) => native)
    },
    delist: (native) => {
      if (!markets.delete(native)) return false
      for (const name of feeds.keys()) if (protocol.stream(name)?.native === native) feeds.delete(name)
      return true
    },
    // Subscribers that keep up ask for the same period one after the other.
    batch: (feed, from, to) => {
      const known = latest.get(feed)
      if (known !== undefined && known.from === from && known.to === to) return known.batch
      const batch = makeBatch(protocol, feed.name, feed.between(from, to))
      latest.set(feed, { from, to, batch })
      return batch
    },
  }
}
