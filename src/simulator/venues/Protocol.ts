import type { KlineInterval } from "../../domain/DataType.ts"
import type { PushRates } from "../market/Activity.ts"
import type { Bar } from "../market/Bars.ts"
import type { Levels } from "../market/Book.ts"
import type { ListingStyle } from "../market/Listing.ts"
import type { AggregateTrade, Trade } from "../market/Market.ts"
import type { Decimals, SymbolMarket } from "../market/SymbolMarket.ts"

export type VenueName = "binance" | "binance-usdm"

export const venueNames: ReadonlyArray<VenueName> = ["binance", "binance-usdm"]

/** What the exchange allows, and how it treats a connection. Each has the exchange's documented value as default. */
export interface Limits {
  /** Messages a client may send in any second on one connection, pings and pongs included; one more and it is cut. */
  readonly messagesPerSecond: number
  readonly streamsPerConnection: number
  /** WebSocket handshakes per address in any `attemptWindowMillis`; more are answered 429. */
  readonly attempts: number
  readonly attemptWindowMillis: number
  readonly pingMillis: number
  /** A ping without its pong for so long: the connection is cut. */
  readonly pongMillis: number
  /** A connection of this age is cut. */
  readonly lifeMillis: number
  /** REST weight per address in a minute of the clock; more is answered 429. */
  readonly weightPerMinute: number
  /** So many 429 answers within a minute are ignored at one's peril: after them an address is banned (418). */
  readonly refusalsBeforeBan: number
  readonly banMillis: number
}

/** A parsed stream name's second half. */
export type StreamKind =
  | { readonly type: "trade" }
  | { readonly type: "aggTrade" }
  | { readonly type: "bookTicker" }
  | { readonly type: "ticker" }
  | { readonly type: "kline"; readonly interval: KlineInterval }
  /** Without `levels` the differences, with them the first levels of the book. */
  | { readonly type: "depth"; readonly everyMillis: number; readonly levels?: number }

/** All changes of the book in one push period. */
export interface DepthEvent {
  readonly time: number
  /** The last step before the period and the last one in it. */
  readonly before: number
  readonly last: number
  readonly levels: Levels
}

/** The texts of a venue's messages: field for field in the order of the real wire. */
export interface Messages {
  readonly trade: (symbol: SymbolMarket, trade: Trade) => string
  readonly aggTrade: (symbol: SymbolMarket, trade: AggregateTrade) => string
  readonly bookTicker: (symbol: SymbolMarket, step: number) => string
  readonly depth: (symbol: SymbolMarket, event: DepthEvent) => string
  /** `event.levels` are the first levels of the book. */
  readonly partialDepth: (symbol: SymbolMarket, event: DepthEvent) => string
  readonly kline: (symbol: SymbolMarket, interval: KlineInterval, bar: Bar, time: number) => string
  readonly ticker: (symbol: SymbolMarket, time: number) => string
}

/** Where a WebSocket path leads. */
export interface Route {
  /** `""` where the venue knows no routes, else `public`, `market`, `private`. */
  readonly name: string
  /** Whether frames are wrapped: `{"stream":…,"data":…}`. */
  readonly combined: boolean
  readonly streams: ReadonlyArray<string>
}

/** A REST answer: JSON text and what it cost. */
export interface RestAnswer {
  readonly status: number
  readonly body: string
  readonly weight: number
}

/** What a venue's REST side needs to know of its markets. */
export interface Catalogue {
  readonly symbols: ReadonlyMap<string, SymbolMarket>
  readonly limits: Limits
}

/** One venue's protocol as pure code; `server/` brings sockets and timers. */
export interface Protocol {
  readonly venue: VenueName
  readonly limits: Limits
  readonly push: PushRates
  readonly klinePushMillis: (interval: KlineInterval) => number
  readonly tickerPushMillis: number
  readonly style: ListingStyle
  readonly decimals: Decimals
  readonly messages: Messages
  /** `undefined` where nothing answers. */
  readonly route: (path: string, query: URLSearchParams) => Route | undefined
  /** `undefined` for a kind that the venue does not have: acknowledged, and silent. */
  readonly kind: (word: string) => StreamKind | undefined
  /** Whether a route carries streams of this kind: where not, they are acknowledged, and silent. */
  readonly carries: (route: Route, kind: StreamKind) => boolean
  /** Whether a request may carry this id. */
  readonly acceptsId: (id: unknown) => boolean
  readonly idError: string
  readonly rest: (
    path: string,
    query: URLSearchParams,
    now: number,
    catalogue: Catalogue,
  ) => RestAnswer | undefined
}
