import { Schema } from "effect"
import { optional, withDefault } from "../domain/ConfigField.ts"
import { BooksConfig } from "./BooksConfig.ts"
import { DurationValue, origin, PositiveInt, ProxyUrl, NonEmptyText } from "../domain/ConfigValue.ts"

/** The pool of a venue's connections. What the venue itself allows, where less, holds instead. */
export const ConnectionsConfig = Schema.Struct({
  max: withDefault(
    PositiveInt,
    5,
    "Connections to this venue at most; streams beyond them are refused by name.",
  ),
  streamsPerConnection: withDefault(PositiveInt, 1000, "Streams on one connection at most."),
  reconnectDelay: withDefault(
    DurationValue,
    "1 second",
    "The first delay before connecting again; it doubles with each failure, with jitter.",
  ),
  maxReconnectDelay: withDefault(DurationValue, "30 seconds", "The longest delay before connecting again."),
  heartbeatInterval: withDefault(
    DurationValue,
    "30 seconds",
    "A connection on which nothing has come for so long is asked for a sign of life, and is dropped without one.",
  ),
  maxAge: optional(
    DurationValue,
    "A connection is replaced before it is so old, without an interruption; 23 of the 24 hours after which the venue cuts it unless given.",
  ),
})
export type ConnectionsConfig = typeof ConnectionsConfig.Type

/** The venue's list of instruments, by which symbols and patterns are read. */
export const InstrumentsConfig = Schema.Struct({
  refreshInterval: withDefault(
    DurationValue,
    "5 minutes",
    "How often the venue is asked for its list of instruments, with jitter: so late do streams of a listing begin at most.",
  ),
})

/** One entry of `exchanges`: what to collect from a venue, and how to reach it. */
export const VenueConfig = Schema.Struct({
  wsEndpoint: optional(
    origin(["ws", "wss"]),
    "Where its sockets are, an origin: paths are added. The venue's own unless given.",
  ),
  restEndpoint: optional(
    origin(["http", "https"]),
    "Where its REST API is, an origin: paths are added. The venue's own unless given.",
  ),
  symbols: withDefault(
    Schema.Array(NonEmptyText),
    [],
    'Instruments, in any spelling: `BTC/USDT`, `BTC-USDT`, `BTCUSDT`. On a derivatives venue the pair alone means the perpetual. Or patterns, which select what is listed now and later: `"*/USDT"`, `perpetual:BTC-*`, `option:BTC-*-C`.',
  ),
  dataTypes: withDefault(
    Schema.Array(NonEmptyText),
    [],
    "What to collect of each: `trade`, `aggTrade`, `kline_<interval>`, `ticker`, `bbo`, `depth`, `depth<levels>`, …",
  ),
  instruments: withDefault(InstrumentsConfig, {}, "Its list of instruments."),
  connections: withDefault(ConnectionsConfig, {}, "The pool of its connections."),
  books: withDefault(BooksConfig, {}, "What is made of its order books (`depth`) besides their deltas."),
  proxy: optional(
    ProxyUrl,
    "`http://host:port` or `socks5://host:port` for its sockets and requests; `HTTPS_PROXY` unless given.",
  ),
})
export type VenueConfig = typeof VenueConfig.Type
