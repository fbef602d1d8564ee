import type { DataType } from "../domain/DataType.ts"
import type { Decode, Decoded, Reject } from "../domain/Decoded.ts"
import type { Instrument } from "../domain/Instrument.ts"
import type { Stream } from "../domain/Stream.ts"
import type { InstrumentRule } from "./InstrumentRule.ts"
import type { HistoryRule } from "./HistoryRule.ts"

export type { History, HistoryPage, HistoryQuestion, HistoryRule, HistoryWindow } from "./HistoryRule.ts"

export type { InstrumentAnswer, InstrumentRequest, InstrumentRule } from "./InstrumentRule.ts"

/** So many in any window of so many milliseconds. */
export interface Rate {
  readonly limit: number
  readonly windowMillis: number
}

/** What we keep to, from the venue's documents; configuration may only tighten it. */
export interface VenueLimits {
  readonly streamsPerConnection: number
  readonly connectAttempts: Rate
  /**
   * Text messages we send on one connection. Where the venue counts pings and pongs as well, room for them is
   * already left: its own limit is higher.
   */
  readonly messages: Rate
  /** Streams in one subscribe message. */
  readonly streamsPerMessage: number
  /** Bytes of one subscribe message, where that is limited: longer ones are split. */
  readonly messageBytes?: number
  /** Subscribe and unsubscribe messages on one connection, where they have a limit of their own. */
  readonly subscribeMessages?: Rate
  readonly restWeight: Rate
  /** The response header with the venue's own count of the weight used in the window; lower case. */
  readonly restWeightHeader?: string
  /** HTTP statuses by which the venue forbids us for a while, besides 418. */
  readonly restBanStatuses?: ReadonlyArray<number>
  /** The venue cuts every connection at this age. */
  readonly connectionLifeMillis: number
}

/** Why a stream cannot be had, in words for the person who asked for it. */
export interface Refusal {
  readonly refused: string
}

export const isRefusal = (value: object): value is Refusal => "refused" in value

/**
 * How deltas follow each other. `contained`: the book already holds it, or it changes nothing; `next`: it continues the
 * chain; `reset`: it continues the chain, and the venue counts anew from it; `gap`: something is missing. `last` is the
 * sequence of the snapshot, or of the delta published before.
 */
export type Continuation = "contained" | "next" | "reset" | "gap"

/** A snapshot by REST: asked for when the first delta waits, and again when the chain breaks; deltas wait for it. */
export interface RestSnapshots {
  readonly kind: "rest"
  /** The REST request for a snapshot, relative to the REST endpoint, with its weight and the levels asked for. */
  readonly request: (instrument: Instrument) => {
    readonly path: string
    readonly weight: number
    readonly levels: number
  }
  /** Decodes the response (live, or from a recording); `levels` as asked for, where known. */
  readonly decode: (
    body: Buffer,
    stream: Stream,
    receivedAt: number,
    levels: number | undefined,
  ) => Decoded | Reject
}

/**
 * The venue sends a snapshot on the stream when it is subscribed. A chain that breaks is subscribed anew, that stream
 * alone, and its deltas are nobody's until the next snapshot. The decoder gives it as a record of the stream: `first` is
 * `noSequence`, `last` its sequence.
 */
export interface StreamSnapshots {
  readonly kind: "stream"
}

/** A snapshot for a text on the connection that carries the stream. It comes as with `StreamSnapshots`; deltas wait for it. */
export interface AskedSnapshots {
  readonly kind: "asked"
  readonly ask: (stream: Stream, id: number) => string
}

/** A side of a book, best first. */
export type BookSide = ReadonlyArray<readonly [price: string, quantity: string]>

/** Order books by snapshots and deltas. */
export interface DepthRule {
  readonly snapshots: RestSnapshots | StreamSnapshots | AskedSnapshots
  /** Whether a delta joins a snapshot whose last sequence is `last`. */
  readonly join: (last: number, delta: Decoded) => Continuation
  /** Whether a delta follows a delta whose last sequence is `last`. */
  readonly follow: (last: number, delta: Decoded) => Continuation
  /**
   * Whether a number joins each delta to the one before it, and so tells of what is lost between. Without one a delta after
   * an interruption breaks the chain, and a frame that cannot be read breaks every book that it may have been a change of:
   * that of its stream, or all of its connection. With one, `follow` calls a delta that comes twice contained; without, the
   * key tells it.
   */
  readonly numbered: boolean
  /**
   * What a book adds up to. A record with another `checksum` breaks the chain. Books are kept for it only where records
   * carry one.
   */
  readonly checksum?: {
    /** Levels a side that it takes. */
    readonly levels: number
    readonly of: (bids: BookSide, asks: BookSide) => number
    /** Levels a side that the venue keeps: what lies deeper is forgotten, as the venue does it. */
    readonly keeps?: (stream: Stream) => number
    /** Its snapshots carry none, and the deltas after them do. */
    readonly unsummedSnapshots?: true
  }
}

export const restSnapshots = (rule: DepthRule | undefined): RestSnapshots | undefined =>
  rule?.snapshots.kind === "rest" ? rule.snapshots : undefined

/** One way to ask for records that did not come, relative to the REST endpoint. */
export interface BackfillRequest {
  readonly path: string
  readonly weight: number
  /** Its answer begins with the first that was asked for; else it is the newest there are. */
  readonly fromFirst: boolean
}

/** Records that did not come, by REST: of trades by id, of klines by open time. */
export interface BackfillRule {
  /**
   * Ways to ask for `first … last` or as much of it as one answer gives, the best first: the next one is for when the
   * venue refuses. Empty where this stream cannot be asked for.
   */
  readonly requests: (stream: Stream, first: number, last: number) => ReadonlyArray<BackfillRequest>
  /** The records of an answer, ascending; times as a row from REST has them. */
  readonly decode: (body: Buffer, stream: Stream, receivedAt: number) => ReadonlyArray<Decoded> | Reject
  /** Whether what an answer leaves out between its rows is no record (trades beside the book). */
  readonly isSparse: (stream: Stream) => boolean
}

/** How far a stream has come, as REST says. */
export interface Progress {
  /** Another text: something happened that the stream tells. Empty: nothing has happened at all. */
  readonly mark: string
  /** Comparable to the last sequence of the stream's records, where it has any. */
  readonly sequence?: number
}

/** Whether a silent stream ought to have delivered: asked of REST, because a venue may acknowledge and never serve. */
export interface ProgressRule {
  /** The smallest request that shows it; `undefined` where none does. */
  readonly request: (stream: Stream) => { readonly path: string; readonly weight: number } | undefined
  /** `undefined`: the answer cannot be read. */
  readonly read: (body: Buffer, stream: Stream) => Progress | undefined
}

/** The route of streams that no connection carries: they are asked for by REST, by the clock. */
export const pollRoute = "poll"

/** When a stream is asked for, and how. */
export interface PollSchedule {
  /** At every multiple of it since the epoch, and at once when it is new. */
  readonly everyMillis: number
  /** So long after that, because the venue takes its time. */
  readonly delayMillis: number
  /** What was missed can be had later: then a poll that failed leaves no gap. */
  readonly keepsHistory: boolean
  /** What to ask for; `since`: the time of the newest record that came. */
  readonly requests: (
    since: number | undefined,
    now: number,
  ) => ReadonlyArray<{ readonly path: string; readonly weight: number }>
}

/** What comes by REST alone: ratios, open interest, what was paid of funding. */
export interface PollRule {
  /** Of a stream whose route is `pollRoute`. */
  readonly schedule: (stream: Stream) => PollSchedule
  /** The records of the answer to the request of this place, ascending by time. Those that came before are left out later. */
  readonly decode: (
    body: Buffer,
    stream: Stream,
    receivedAt: number,
    request: number,
  ) => ReadonlyArray<Decoded> | Reject
}

/** A REST response of a recorded session, as far as a replay can use it. */
export type RecordedRest =
  | { readonly kind: "depth"; readonly native: string; readonly levels: number }
  | { readonly kind: "other" }

/**
 * One API of an exchange as pure code: names, limits, messages, decoder, rules. No I/O, no clock, no Effect: the
 * venue tree in `src/collect` brings sockets, timers and supervision, the same for every venue.
 */
export interface Venue {
  /** `binance-usdm`: the key in the configuration. */
  readonly name: string
  /** `binance`: what records carry. */
  readonly exchange: string
  /** Origins; the configuration may replace them. */
  readonly wsEndpoint: string
  readonly restEndpoint: string
  readonly limits: VenueLimits
  /** The words of `dataTypes` that it offers, for messages and documentation. */
  readonly offers: ReadonlyArray<string>
  /** The instrument for any of the three spellings; on a derivatives venue the pair alone means the perpetual. */
  readonly instrument: (spelling: string) => Instrument | Refusal
  /** What it lists. Names are read by `instrument` where the list cannot be had. */
  readonly instruments: InstrumentRule
  /** The stream of a data type and an instrument. Always the same object for the same pair, until it is forgotten. */
  readonly stream: (dataType: DataType, instrument: Instrument) => Stream | Refusal
  /** Gives up a stream whose instrument is gone, or goes by another symbol: who asks again gets a new one. */
  readonly forget: (stream: Stream) => void
  /** The stream of a wire name (`btcusdt@trade`) seen on a connection or in a recording, made if need be. */
  readonly streamOfWire: (wire: string) => Stream | undefined
  /** Where to connect for streams of this route. */
  readonly connectUrl: (wsEndpoint: string, route: string) => string
  /** The route of a recorded connect URL, where messages do not tell streams of different routes apart. */
  readonly routeOf?: (url: string) => string | undefined
  /** One message; `id` counts the messages of a connection from 1. Never more streams than `limits` allow in one. */
  readonly subscribe: (streams: ReadonlyArray<Stream>, id: number) => string
  readonly unsubscribe: (streams: ReadonlyArray<Stream>, id: number) => string
  /** Streams with the same are one subscription to the venue; each is its own unless given. */
  readonly subscriptionOf?: (stream: Stream) => string
  /** Streams can share a message where this is the same; all can unless given. */
  readonly messageGroup?: (stream: Stream) => string
  /** Texts for a connection that has just opened, before anything is subscribed. */
  readonly greetings?: ReadonlyArray<string>
  /** A text message that keeps the connection alive, where the venue wants one instead of ping frames. */
  readonly keepAlive?: { readonly text: string; readonly everyMillis: number }
  readonly decode: Decode
  readonly depth?: DepthRule
  readonly backfill?: BackfillRule
  readonly polls?: PollRule
  readonly history?: HistoryRule
  /**
   * The wire name in the first bytes of a recorded frame, where it stands there. Unless given, a session's frames are
   * decoded to learn which streams it holds.
   */
  readonly wireOfFrame?: (start: string) => string | undefined
  readonly progress?: ProgressRule
  /** Whether this recorded connect URL is one of ours, and what a recorded REST URL or stray body holds. */
  readonly owns: (url: string) => boolean
  readonly recordedRest: (url: string | undefined, body: string) => RecordedRest
}
