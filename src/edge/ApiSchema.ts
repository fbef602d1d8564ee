import { Schema } from "effect"

/**
 * What the HTTP API answers, field by field. The shapes are those of the ports they show (`Collection`, `Journal`,
 * the actors); times are milliseconds since the epoch.
 */
const optional = Schema.optionalKey
const Counts = Schema.Record(Schema.String, Schema.Number)

export const Health = Schema.Struct({
  status: Schema.Literal("ok"),
  version: Schema.String,
})

export const Ready = Schema.Struct({
  ready: Schema.Literal(true),
  reasons: Schema.Array(Schema.String),
})

export const StreamState = Schema.Literals(["pending", "acknowledged", "live", "silent"])

export const StreamView = Schema.Struct({
  key: Schema.String,
  venue: Schema.String,
  dataType: Schema.String,
  symbol: Schema.String,
  native: Schema.String,
  state: StreamState,
  connection: optional(Schema.String),
  records: Schema.Number,
  lastReceivedAt: optional(Schema.Number),
  joined: optional(Schema.Boolean),
})

export const ConnectionView = Schema.Struct({
  id: Schema.String,
  state: Schema.Literals(["connecting", "open", "waiting", "closed"]),
  url: Schema.String,
  streams: Schema.Number,
  reconnects: Schema.Number,
  failures: Schema.Number,
  pauses: Schema.Number,
  pausedMillis: Schema.Number,
  openedAt: optional(Schema.Number),
  lastError: optional(Schema.String),
})

export const VenueView = Schema.Struct({
  venue: Schema.String,
  state: Schema.Literals(["running", "stopped", "failed"]),
  connections: Schema.Array(ConnectionView),
  streams: Schema.Array(StreamView),
  restWeight: Schema.Struct({ used: Schema.Number, limit: Schema.Number }),
})

export const AccountsView = Schema.Struct({
  frames: Schema.Struct({
    received: Schema.Number,
    decoded: Schema.Number,
    control: Schema.Number,
    rejected: Counts,
    inFlight: Schema.Number,
  }),
  records: Schema.Struct({
    produced: Schema.Number,
    accepted: Schema.Number,
    duplicate: Schema.Number,
    filtered: Counts,
    dropped: Counts,
    inFlight: Schema.Number,
  }),
  sinks: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      type: Schema.String,
      state: Schema.Literals(["opening", "open", "unavailable"]),
      accepted: Schema.Number,
      delivered: Schema.Number,
      deadLettered: Schema.Number,
      dropped: Counts,
      waiting: Schema.Number,
      lastError: optional(Schema.String),
    }),
  ),
  balanced: Schema.Boolean,
})

export const MailboxView = Schema.Struct({
  name: Schema.String,
  policy: Schema.Literals(["block", "drop_oldest", "drop_newest", "conflate"]),
  items: Schema.Number,
  bytes: Schema.Number,
  capacityItems: Schema.Number,
  capacityBytes: Schema.Number,
  offered: Schema.Number,
  taken: Schema.Number,
  dropped: Schema.Number,
  highWaterItems: Schema.Number,
  highWaterBytes: Schema.Number,
  waitingOffers: Schema.Number,
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
  since: Schema.Number,
  restarts: Schema.Number,
  lastError: optional(Schema.String),
  detail: optional(Schema.String),
  mailboxes: Schema.Array(MailboxView),
})

export const JournalView = Schema.Struct({
  kind: Schema.String,
  accepted: Schema.Number,
  bytes: Schema.Number,
  capacityBytes: Schema.Number,
  cursors: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      position: Schema.Number,
      began: Schema.Number,
      waiting: Schema.Number,
      waitingBytes: Schema.Number,
    }),
  ),
})

export const Status = Schema.Struct({
  version: Schema.String,
  startedAt: Schema.Number,
  now: Schema.Number,
  ready: Schema.Boolean,
  reasons: Schema.Array(Schema.String),
  /** Parts that the configuration asks for and this version does not have. */
  notBuilt: Schema.Array(Schema.String),
  actors: Schema.Array(ActorView),
  venues: Schema.Array(VenueView),
  accounts: AccountsView,
  journal: Schema.NullOr(JournalView),
  gaps: Schema.Array(
    Schema.Struct({
      venue: Schema.String,
      channel: Schema.String,
      cause: Schema.String,
      count: Schema.Number,
    }),
  ),
})

export const Stats = Schema.Struct({
  connections: Schema.Struct({
    active: Schema.Number,
    total: Schema.Number,
    failures: Schema.Number,
    reconnects: Schema.Number,
  }),
  messages: Schema.Struct({
    received: Schema.Number,
    processed: Schema.Number,
    sent: Schema.Number,
    errors: Schema.Number,
  }),
  latency: Schema.Struct({
    p50: Schema.Number,
    p90: Schema.Number,
    p95: Schema.Number,
    p99: Schema.Number,
  }),
  throughput: Schema.Struct({ messagesPerSecond: Schema.Number, bytesPerSecond: Schema.Number }),
})

const Name = Schema.String.check(Schema.isNonEmpty({ expected: "a name that is not empty" }))
const Names = Schema.Array(Name).check(Schema.isMinLength(1, { expected: "at least one" }))

const required = <S extends Schema.Top>(schema: S, what: string) =>
  schema.annotateKey({ messageMissingKey: `${what} is required` })

/** `{ venue, symbols, dataTypes }` of a request to subscribe or unsubscribe. */
export const Subscription = Schema.Struct({
  venue: required(Name, "the venue's name"),
  symbols: required(Names, "a list of symbols"),
  dataTypes: required(Names, "a list of data types"),
}).annotate({ messageUnexpectedKey: "there is no such field: venue, symbols and dataTypes are expected" })

export const SubscriptionAnswer = Schema.Struct({
  venue: Schema.String,
  symbol: Schema.String,
  dataType: Schema.String,
  result: Schema.Literals(["added", "already", "removed", "absent", "refused"]),
  reason: optional(Schema.String),
})

export const SubscriptionView = Schema.Struct({
  venue: Schema.String,
  symbol: Schema.String,
  dataType: Schema.String,
  origin: Schema.Literals(["config", "api"]),
  state: StreamState,
})

export const Steered = Schema.Struct({
  venue: Schema.String,
  action: Schema.Literals(["start", "stop", "restart"]),
  done: Schema.Literal(true),
})
