import { Schema } from "effect"
import { GapRecord } from "../../domain/RecordSchemas.ts"

const optional = Schema.optionalKey
const { cause, repair } = GapRecord.fields.data.fields

const Edge = Schema.Struct({
  sequence: optional(Schema.Finite),
  timestamp: optional(Schema.Finite),
})

const StreamView = Schema.Struct({
  key: Schema.String,
  venue: Schema.String,
  symbol: Schema.String,
  dataType: Schema.String,
  received: Schema.Finite,
  duplicates: Schema.Finite,
  repaired: Schema.Finite,
  missing: Schema.Finite,
  missingMillis: Schema.Finite,
  completeness: Schema.NullOr(Schema.Finite),
  gaps: Schema.Finite,
  openGaps: Schema.Finite,
  timeline: Schema.Array(Schema.NullOr(Schema.Finite)),
  repairedSteps: Schema.Array(Schema.Finite),
})

const GapView = Schema.Struct({
  id: Schema.String,
  stream: Schema.String,
  cause,
  from: Edge,
  to: Edge,
  missing: optional(Schema.Finite),
  left: optional(Schema.Finite),
  repaired: Schema.Finite,
  repair,
  repairedBy: optional(Schema.Literals(["rest", "resync", "twin"])),
  revisions: Schema.Array(Schema.Struct({ revision: Schema.Finite, at: Schema.Finite, repair })),
})

const parameter = (description: string) => optional(Schema.String.annotate({ description }))

/** What may be asked. All of it is text here: `Query.ts` says what is wrong with it. */
export const ContinuityParameters = {
  from: parameter("The begin of the window: milliseconds since the epoch, or UTC as in `2026-11-22T13:30`."),
  to: parameter("Its end, in the same way; now unless given."),
  window: parameter(
    "In place of `from`: how long before `to` it begins, such as `6 hours`; `1 hour` unless given.",
  ),
  venue: parameter("Only streams of this venue."),
  symbol: parameter("Only streams of this symbol, such as `BTC-USDT`."),
  dataType: parameter("Only streams of this data type, such as `trade`."),
  limit: parameter("Gaps that are listed at most, the newest: 500 unless given, at most 10,000."),
}

/** What `GET /api/v1/continuity` answers: the port's `ContinuityView`, field by field. docs/CONTINUITY.md says what it means. */
export const ContinuityView = Schema.Struct({
  from: Schema.Finite,
  to: Schema.Finite,
  step: Schema.Finite,
  since: Schema.NullOr(Schema.Finite),
  streams: Schema.Array(StreamView),
  gaps: Schema.Array(GapView),
  gapsLeftOut: Schema.Finite,
})
