import { Schema } from "effect"
import { InstrumentSchema } from "../../services/InstrumentStore.ts"

/**
 * What the HTTP API answers, field by field. The shapes are those of the ports they show (`Collection`, `Journal`,
 * the actors); times are milliseconds since the epoch.
 */
const optional = Schema.optionalKey
const Counts = Schema.Record(Schema.String, Schema.Finite)

export const Health = Schema.Struct({
  status: Schema.Literal("ok"),
  version: Schema.String,
})

export const Ready = Schema.Struct({
  ready: Schema.Literal(true),
  reasons: Schema.Array(Schema.String),
})

export const StreamState = Schema.Literals(["pending", "acknowledged", "live", "silent", "unreadable"])

export const StreamView = Schema.Struct({
  key: Schema.String,
  venue: Schema.String,
  dataType: Schema.String,
  symbol: Schema.String,
  native: Schema.String,
  state: StreamState,
  connection: optional(Schema.String),
  records: Schema.Finite,
  rejected: optional(Schema.Finite),
  lastReceivedAt: optional(Schema.Finite),
  joined: optional(Schema.Boolean),
})

export const ConnectionView = Schema.Struct({
  id: Schema.String,
  state: Schema.Literals(["connecting", "open", "waiting", "closed"]),
  url: Schema.String,
  streams: Schema.Finite,
  reconnects: Schema.Finite,
  rotations: Schema.Finite,
  failures: Schema.Finite,
  pauses: Schema.Finite,
  pausedMillis: Schema.Finite,
  openedAt: optional(Schema.Finite),
  lastError: optional(Schema.String),
})

export const InstrumentsView = Schema.Struct({
  state: Schema.Literals(["absent", "kept", "current"]),
  listed: Schema.Finite,
  refreshedAt: optional(Schema.Finite),
  lastError: optional(Schema.String),
  changes: Schema.Array(
    Schema.Struct({
      symbol: Schema.String,
      change: Schema.Literals(["listed", "delisted"]),
      at: Schema.Finite,
      streams: Schema.Finite,
      reason: optional(Schema.String),
    }),
  ),
})

export const InstrumentView = Schema.Struct({ venue: Schema.String, ...InstrumentSchema.fields })

export const VenueView = Schema.Struct({
  venue: Schema.String,
  state: Schema.Literals(["running", "stopped", "failed"]),
  instruments: InstrumentsView,
  refused: Schema.Array(
    Schema.Struct({
      symbol: Schema.String,
      dataType: Schema.String,
      reason: Schema.String,
      waiting: Schema.Boolean,
    }),
  ),
  connections: Schema.Array(ConnectionView),
  streams: Schema.Array(StreamView),
  books: optional(
    Schema.Struct({
      whole: Schema.Finite,
      waiting: Schema.Finite,
      fetching: Schema.Finite,
      failing: Schema.Finite,
    }),
  ),
  restWeight: Schema.Struct({ used: Schema.Finite, limit: Schema.Finite }),
})

export const AccountsView = Schema.Struct({
  frames: Schema.Struct({
    received: Schema.Finite,
    decoded: Schema.Finite,
    control: Schema.Finite,
    rejected: Counts,
    inFlight: Schema.Finite,
  }),
  records: Schema.Struct({
    produced: Schema.Finite,
    accepted: Schema.Finite,
    duplicate: Schema.Finite,
    filtered: Counts,
    dropped: Counts,
    inFlight: Schema.Finite,
  }),
  sinks: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      type: Schema.String,
      state: Schema.Literals(["opening", "open", "unavailable"]),
      accepted: Schema.Finite,
      delivered: Schema.Finite,
      deadLettered: Schema.Finite,
      dropped: Counts,
      waiting: Schema.Finite,
      lastError: optional(Schema.String),
    }),
  ),
  balanced: Schema.Boolean,
})

export const MailboxView = Schema.Struct({
  name: Schema.String,
  policy: Schema.Literals(["block", "drop_oldest", "drop_newest", "conflate"]),
  items: Schema.Finite,
  bytes: Schema.Finite,
  capacityItems: Schema.Finite,
  capacityBytes: Schema.Finite,
  offered: Schema.Finite,
  taken: Schema.Finite,
  dropped: Schema.Finite,
  highWaterItems: Schema.Finite,
  highWaterBytes: Schema.Finite,
  waitingOffers: Schema.Finite,
  ended: Schema.Boolean,
})

export const ActorState = Schema.Literals([
  "starting",
  "running",
  "degraded",
  "restarting",
  "stopping",
  "stopped",
  "failed",
])

export const ActorView = Schema.Struct({
  path: Schema.String,
  kind: Schema.Literals(["worker", "supervisor"]),
  state: ActorState,
  since: Schema.Finite,
  restarts: Schema.Finite,
  lastError: optional(Schema.String),
  detail: optional(Schema.String),
  mailboxes: Schema.Array(MailboxView),
})

export const JournalView = Schema.Struct({
  kind: Schema.String,
  accepted: Schema.Finite,
  bytes: Schema.Finite,
  capacityBytes: Schema.Finite,
  cursors: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      position: Schema.Finite,
      began: Schema.Finite,
      waiting: Schema.Finite,
      waitingBytes: Schema.Finite,
    }),
  ),
  /** Why nothing is accepted at the moment; absent while all is well. */
  trouble: optional(Schema.String),
  /** What was found damaged in its files, when it was opened and since: the latest. */
  damage: optional(
    Schema.Array(
      Schema.Struct({
        kind: Schema.Literals(["torn", "damaged", "missing", "renamed", "cursors"]),
        file: Schema.String,
        /** Accepted records from `from` to before `to` cannot be had. Equal where none is lost. */
        from: Schema.Finite,
        to: Schema.Finite,
        detail: Schema.String,
      }),
    ),
  ),
})

export const Status = Schema.Struct({
  version: Schema.String,
  startedAt: Schema.Finite,
  now: Schema.Finite,
  ready: Schema.Boolean,
  reasons: Schema.Array(Schema.String),
  /** Parts that the configuration asks for and this version does not have. */
  notBuilt: Schema.Array(Schema.String),
  actors: Schema.Array(ActorView),
  venues: Schema.Array(VenueView),
  accounts: AccountsView,
  journal: Schema.NullOr(JournalView),
  /** What was kept with its bytes because it could go no further; `millrace deadletters list` shows it. */
  deadLetters: Schema.Struct({
    /** In the store now. */
    letters: Schema.Finite,
    bytes: Schema.Finite,
    /** Since the start. */
    kept: Schema.Array(Schema.Struct({ stage: Schema.String, reason: Schema.String, count: Schema.Finite })),
    lost: Schema.Array(Schema.Struct({ cause: Schema.String, count: Schema.Finite })),
    evicted: Schema.Finite,
  }),
  gaps: Schema.Array(
    Schema.Struct({
      venue: Schema.String,
      channel: Schema.String,
      cause: Schema.String,
      count: Schema.Finite,
    }),
  ),
})

export const Stats = Schema.Struct({
  connections: Schema.Struct({
    active: Schema.Finite,
    total: Schema.Finite,
    failures: Schema.Finite,
    reconnects: Schema.Finite,
  }),
  messages: Schema.Struct({
    received: Schema.Finite,
    processed: Schema.Finite,
    sent: Schema.Finite,
    errors: Schema.Finite,
  }),
  latency: Schema.Struct({
    p50: Schema.Finite,
    p90: Schema.Finite,
    p95: Schema.Finite,
    p99: Schema.Finite,
  }),
  throughput: Schema.Struct({ messagesPerSecond: Schema.Finite, bytesPerSecond: Schema.Finite }),
})
