import { Context, type Effect, Schema, type Scope } from "effect"
import type { ListedInstrument } from "../src/domain/ListedInstrument.ts"
import type { ContinuityHistoryError, ContinuityQuery, ContinuityView } from "./ContinuityHistory.ts"

/** One stream's place between request and data. */
export type StreamState =
  /** Asked for, not yet acknowledged by the venue. */
  | "pending"
  /** Acknowledged; nothing has come yet. */
  | "acknowledged"
  /** Data has come. */
  | "live"
  /** It ought to deliver and does not. */
  | "silent"
  /** It delivers, and nothing that can be read. */
  | "unreadable"

export interface StreamStatus {
  readonly key: string
  readonly venue: string
  readonly dataType: string
  readonly symbol: string
  readonly native: string
  readonly state: StreamState
  /** The connection that carries it; absent while it has none. */
  readonly connection?: string
  readonly records: number
  /** Frames of it that could not be read; absent where there were none. */
  readonly rejected?: number
  /** Receive time of the last record, milliseconds. */
  readonly lastReceivedAt?: number
  /** Depth only: whether the chain of deltas is joined to a snapshot. */
  readonly joined?: boolean
}

export interface ConnectionStatus {
  readonly id: string
  readonly state: "connecting" | "open" | "waiting" | "closed"
  readonly url: string
  readonly streams: number
  readonly reconnects: number
  /** Moves to a new socket without an interruption. */
  readonly rotations: number
  readonly failures: number
  readonly pauses: number
  readonly pausedMillis: number
  readonly openedAt?: number
  readonly lastError?: string
}

/** Something that was asked for and is not collected. */
export interface RefusedSubscription {
  /** As it was asked for; of a stream that a pattern selects, its own. */
  readonly symbol: string
  readonly dataType: string
  readonly reason: string
  /** Nothing is wrong with it: it begins by itself once the reason is gone. */
  readonly waiting: boolean
}

/** An instrument whose streams began or ended because the venue's list changed. */
export interface InstrumentChange {
  readonly symbol: string
  readonly change: "listed" | "delisted"
  /** When it was noticed, milliseconds. */
  readonly at: number
  readonly streams: number
  /** Why they ended. */
  readonly reason?: string
}

/** What is known of a venue's list of instruments. */
export interface InstrumentsStatus {
  /** `absent`: none was had yet, names are read by their letters. `kept`: what an earlier process kept. `current`: the venue's. */
  readonly state: "absent" | "kept" | "current"
  readonly listed: number
  /** When the venue gave the list that is in use, milliseconds. */
  readonly refreshedAt?: number
  /** Why the last refresh failed; absent after one that did not. */
  readonly lastError?: string
  /** The latest, the newest last. */
  readonly changes: ReadonlyArray<InstrumentChange>
}

export interface VenueStatus {
  readonly venue: string
  readonly state: "running" | "stopped" | "failed"
  readonly instruments: InstrumentsStatus
  /** What was asked for and is not collected. */
  readonly refused: ReadonlyArray<RefusedSubscription>
  readonly connections: ReadonlyArray<ConnectionStatus>
  readonly streams: ReadonlyArray<StreamStatus>
  /** Only where there are books. */
  readonly books?: BooksStatus
  /** REST weight used in the current window, and its limit. */
  readonly restWeight: { readonly used: number; readonly limit: number }
}

/** How far a venue's books are: hundreds that break at once are fetched one after the other, within its limits. */
export interface BooksStatus {
  /** Joined to a snapshot. */
  readonly whole: number
  /** Without one, and not yet their turn. */
  readonly waiting: number
  /** Asked of the venue, or next as soon as its limits allow. */
  readonly fetching: number
  /** Could not be had so far: some of those above. */
  readonly failing: number
}

/** received = decoded + control + rejected + inFlight */
export interface FrameAccount {
  readonly received: number
  readonly decoded: number
  readonly control: number
  readonly rejected: Readonly<Record<string, number>>
  readonly inFlight: number
}

/** produced = accepted + duplicate + filtered + dropped + inFlight */
export interface RecordAccount {
  readonly produced: number
  readonly accepted: number
  readonly duplicate: number
  readonly filtered: Readonly<Record<string, number>>
  readonly dropped: Readonly<Record<string, number>>
  readonly inFlight: number
}

/** accepted since its cursor began = delivered + deadLettered + dropped + waiting */
export interface SinkAccount {
  readonly name: string
  readonly type: string
  readonly state: "opening" | "open" | "unavailable"
  readonly accepted: number
  readonly delivered: number
  readonly deadLettered: number
  readonly dropped: Readonly<Record<string, number>>
  readonly waiting: number
  readonly lastError?: string
}

/** The accounting identities at one moment. `balanced` is false when one of them does not hold: a defect of Millrace. */
export interface Accounts {
  readonly frames: FrameAccount
  readonly records: RecordAccount
  readonly sinks: ReadonlyArray<SinkAccount>
  readonly balanced: boolean
}

export interface SubscriptionRequest {
  readonly venue: string
  readonly symbols: ReadonlyArray<string>
  readonly dataTypes: ReadonlyArray<string>
}

/** What became of one stream of a request. */
export interface SubscriptionAnswer {
  readonly venue: string
  readonly symbol: string
  readonly dataType: string
  readonly result: "added" | "already" | "removed" | "absent" | "refused"
  /** Why it was refused, or what it waits for, for a person. */
  readonly reason?: string
  /** The pattern that was asked for, of the streams that it selects. */
  readonly pattern?: string
}

export interface SubscriptionStatus {
  readonly venue: string
  readonly symbol: string
  readonly dataType: string
  /** Whether the configuration, the API or a task asked for it. */
  readonly origin: "config" | "api" | "task"
  readonly state: StreamState
}

export class UnknownVenue extends Schema.TaggedError<UnknownVenue>()("UnknownVenue", {
  venue: Schema.String,
  /** The venues that are configured. */
  known: Schema.Array(Schema.String),
}) {
  override get message(): string {
    return `no venue "${this.venue}" is configured; configured: ${this.known.join(", ") || "none"}`
  }
}

/** Percentiles in milliseconds, from leaving the socket to being delivered by a sink, over the last minute or two. */
export interface Latency {
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
}

/** The exchange collector's `Metrics` object. */
export interface CollectorStats {
  readonly connections: {
    readonly active: number
    readonly total: number
    readonly failures: number
    readonly reconnects: number
  }
  readonly messages: {
    readonly received: number
    readonly processed: number
    readonly sent: number
    readonly errors: number
  }
  readonly latency: Latency
  readonly throughput: { readonly messagesPerSecond: number; readonly bytesPerSecond: number }
}

/** An instrument of a venue's list. */
export interface VenueInstrument extends ListedInstrument {
  readonly venue: string
}

export interface InstrumentQuery {
  readonly venue?: string
  /** A pattern, or one instrument in any spelling. */
  readonly pattern?: string
}

/** A query of instruments that has no answer. */
export class InstrumentsError extends Schema.TaggedError<InstrumentsError>()("InstrumentsError", {
  /** `pattern`: it cannot be read. `absent`: the venue's list has not come yet. */
  reason: Schema.Literals(["pattern", "absent"]),
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}

/** The running collection, as its HTTP API, its summary and an embedding application see and steer it. */
export class Collection extends Context.Service<
  Collection,
  {
    readonly venues: Effect.Effect<ReadonlyArray<VenueStatus>>
    readonly accounts: Effect.Effect<Accounts>
    readonly stats: Effect.Effect<CollectorStats>
    /** What came and what is missing within a window, up to now. */
    readonly continuity: (query: ContinuityQuery) => Effect.Effect<ContinuityView, ContinuityHistoryError>
    /** Empty when every stream is live and every sink accepts; otherwise one reason a line. */
    readonly unready: Effect.Effect<ReadonlyArray<string>>
    readonly subscriptions: Effect.Effect<ReadonlyArray<SubscriptionStatus>>
    /** What the venues list. Without a venue: of those whose list is known. */
    readonly instruments: (
      query: InstrumentQuery,
    ) => Effect.Effect<ReadonlyArray<VenueInstrument>, InstrumentsError | UnknownVenue>
    /** Adds streams at run time without touching others; an answer per stream. Kept over a restart. */
    readonly subscribe: (
      requests: ReadonlyArray<SubscriptionRequest>,
    ) => Effect.Effect<ReadonlyArray<SubscriptionAnswer>>
    readonly unsubscribe: (
      requests: ReadonlyArray<SubscriptionRequest>,
    ) => Effect.Effect<ReadonlyArray<SubscriptionAnswer>>
    /**
     * The same for as long as the scope is open, and not kept over a restart. A stream that others asked for too goes on
     * without it.
     */
    readonly hold: (
      requests: ReadonlyArray<SubscriptionRequest>,
    ) => Effect.Effect<ReadonlyArray<SubscriptionAnswer>, never, Scope.Scope>
    /** Starts, stops (draining) or restarts one venue. */
    readonly steer: (venue: string, action: "start" | "stop" | "restart") => Effect.Effect<void, UnknownVenue>
  }
>()("millrace/services/Collection") {}
