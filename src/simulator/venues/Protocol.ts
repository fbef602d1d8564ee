import type { KlineInterval } from "../../domain/DataType.ts"
import type { PushRates } from "../market/Activity.ts"
import type { Bar } from "../market/Bars.ts"
import type { Levels } from "../market/Book.ts"
import type { ListingStyle } from "../market/Listing.ts"
import type { AggregateTrade, Trade } from "../market/Market.ts"
import type { Decimals, SymbolMarket } from "../market/SymbolMarket.ts"
import type { Anatomy } from "./Anatomy.ts"
import type { Numbering } from "./Numbering.ts"

/** A name of `protocols`. */
export type VenueName = string

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
  /** In place of that minute: shorter, for tests that cannot wait for it. */
  readonly weightWindowMillis?: number
  /** So many 429 answers within a minute are ignored at one's peril: after them an address is banned (418). */
  readonly refusalsBeforeBan: number
  readonly banMillis: number
}

/** What a stream carries. */
export type StreamKind =
  | { readonly type: "trade" }
  | { readonly type: "aggTrade" }
  | { readonly type: "bookTicker" }
  | { readonly type: "ticker" }
  | { readonly type: "kline"; readonly interval: KlineInterval }
  /** Without `levels` the differences, with them the first levels of the book. */
  | {
      readonly type: "depth"
      readonly everyMillis: number
      readonly levels?: number
      /** Also where nothing changed: its pushes are numbered one by one. */
      readonly always?: true
    }
  /** Something else that comes by the clock: the payload at a push, `undefined` where there is none. */
  | {
      readonly type: "periodic"
      readonly everyMillis: number
      readonly write: (symbol: SymbolMarket, time: number) => string | undefined
      /** What a subscriber gets first, where what follows are changes of it. */
      readonly open?: (symbol: SymbolMarket, time: number) => string
    }

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
  /** The whole book that a subscriber gets first, where the venue sends one; the next `depth` follows it. */
  readonly snapshot?: (symbol: SymbolMarket, event: DepthEvent) => string
  /** `event.levels` are the first levels of the book. */
  readonly partialDepth: (symbol: SymbolMarket, event: DepthEvent) => string
  readonly kline: (symbol: SymbolMarket, interval: KlineInterval, bar: Bar, time: number) => string
  readonly ticker: (symbol: SymbolMarket, time: number) => string
}

/** Where a WebSocket path leads. */
export interface Route {
  /** `""` where the venue knows no routes, else `public`, `market`, `private`. */
  readonly name: string
  /** Whether frames are wrapped, where a venue has them so and otherwise (Binance: `{"stream":…,"data":…}`). */
  readonly combined: boolean
  readonly streams: ReadonlyArray<string>
}

/** A REST answer: JSON text and what it cost. */
export interface RestAnswer {
  readonly status: number
  readonly body: string
  readonly weight: number
}

/** How a venue answers a request that it does not serve. */
export interface RestManners {
  readonly used: (weight: number) => Readonly<Record<string, string>>
  readonly unknownPath: (path: string) => string
  readonly limited: (weightPerMinute: number) => string
  readonly banned: (until: number) => string
}

/** What a venue's REST side needs to know of its markets. */
export interface Catalogue {
  readonly symbols: ReadonlyMap<string, SymbolMarket>
  readonly limits: Limits
}

/** The streams of one connection, as its dialogue changes them. */
export interface Streams {
  readonly names: () => ReadonlyArray<string>
  /** Takes all or, where they are too many for the connection, none. */
  readonly add: (names: ReadonlyArray<string>) => boolean
  readonly remove: (names: ReadonlyArray<string>) => void
  readonly combined: () => boolean
  readonly combine: (combined: boolean) => void
}

/** What a dialogue may look at. */
export interface Listener {
  readonly route: Route
  readonly streams: Streams
  readonly catalogue: Catalogue
  /** The market's clock. */
  readonly now: () => number
  /** What an answer tells of a stream, as `write` has it of a moment: faults may make it older, or count otherwise. */
  readonly tell: (stream: string, write: (time: number) => string) => string
}

/** What the venue says on one connection besides its streams. */
export interface Dialogue {
  /** The replies to a client's text, in order, a message each. */
  readonly answer: (text: string) => ReadonlyArray<string>
  /** Said as soon as the connection is open. */
  readonly greeting?: ReadonlyArray<string>
  /** What is due by the simulator's clock: pings in messages. `"overdue"`: the client did not answer, and is cut. */
  readonly tick?: (now: number) => string | "overdue" | undefined
}

/** What is none of a stream's. `payload` is wrapped where a connection is combined, the others go as they stand. */
export interface Announcement {
  readonly stream: string
  readonly text: string
  readonly form: "payload" | "message"
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
  /** A stream's name taken apart; `undefined` for what the venue does not have: acknowledged, and silent. */
  readonly stream: (name: string) => { readonly native: string; readonly kind: StreamKind } | undefined
  /** Whether a route carries streams of this kind: where not, they are acknowledged, and silent. */
  readonly carries: (route: Route, kind: StreamKind) => boolean
  readonly dialogue: (listener: Listener) => Dialogue
  /** The message of a combined connection. */
  readonly wrap: (stream: string, payload: string) => string
  /** How a message goes onto the wire; as a text frame unless given. */
  readonly binary?: (text: string) => Buffer
  /** A connection on which nothing was received from the client for so long is cut, where the venue does so. */
  readonly idleMillis?: number
  /** Where faults can hurt its messages. */
  readonly anatomy: Anatomy
  /** What it says on a connection of a route that it will close soon, where it says so; nothing on routes where it does not. */
  readonly closing?: (route: string, now: number) => Announcement | undefined
  /** Numbers that can count from 1 again, where it has some. */
  readonly numbering?: Numbering
  /** Headers that tell the weight used, and the venue's words for a refusal; Binance's unless given. */
  readonly restManners?: RestManners
  readonly rest: (
    path: string,
    query: URLSearchParams,
    now: number,
    catalogue: Catalogue,
  ) => RestAnswer | undefined
}
