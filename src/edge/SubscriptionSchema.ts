import { Schema } from "effect"
import { StreamState } from "./ApiSchema.ts"

/** What is said of subscriptions and venues when they are changed. */

const optional = Schema.optionalKey
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
  pattern: optional(Schema.String),
})

export const SubscriptionView = Schema.Struct({
  venue: Schema.String,
  symbol: Schema.String,
  dataType: Schema.String,
  origin: Schema.Literals(["config", "api", "task"]),
  state: StreamState,
})

export const Steered = Schema.Struct({
  venue: Schema.String,
  action: Schema.Literals(["start", "stop", "restart"]),
  done: Schema.Literal(true),
})
