import { Effect, Result, Schema, SchemaIssue } from "effect"
import { type RecordType, recordTypes } from "./DataType.ts"
import { type Envelope, payloadOf } from "./Envelope.ts"
import * as Schemas from "./RecordSchemas.ts"

/** Every type of record; `record.type` tells which. Decodes strictly; fields that later versions may add are ignored. */
export const MarketRecord = Schema.Union([
  Schemas.TradeRecord,
  Schemas.KlineRecord,
  Schemas.TickerRecord,
  Schemas.BboRecord,
  Schemas.DepthRecord,
  Schemas.FundingRecord,
  Schemas.OpenInterestRecord,
  Schemas.LiquidationRecord,
  Schemas.MarkPriceRecord,
  Schemas.IndexPriceRecord,
  Schemas.LongShortRatioRecord,
  Schemas.VolatilityIndexRecord,
  Schemas.GapRecord,
]).annotate({ expected: `an object whose \`type\` is one of ${recordTypes.join(", ")}` })
export type MarketRecord = typeof MarketRecord.Type

/** The record of a type: `RecordOf<"trade">` is `TradeRecord`. */
export type RecordOf<T extends RecordType> = Extract<MarketRecord, { readonly type: T }>

/** A text that is no record. */
export class RecordError extends Schema.TaggedError<RecordError>()("RecordError", {
  /** Every field that is wrong, and what was expected of it. */
  detail: Schema.String,
}) {
  override get message(): string {
    return `not a market record: ${this.detail}`
  }
}

/** What sinks carry: an envelope, the bytes of its payload, or a line of a file. */
export type RecordInput = Envelope | Uint8Array | string

const textOf = (input: RecordInput): string => {
  if (typeof input === "string") return input
  const bytes = input instanceof Uint8Array ? input : payloadOf(input)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
}

/**
 * The record of an envelope that this process made: it was checked when it was decoded and is only parsed here, which
 * takes a fraction of `decodeRecord`'s time.
 */
export const recordOf = (envelope: Envelope): MarketRecord => JSON.parse(textOf(envelope)) as MarketRecord

const parse = Schema.decodeUnknownResult(Schema.fromJsonString(MarketRecord))
const check = Schema.decodeUnknownResult(MarketRecord)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const describe = (issue: SchemaIssue.Issue): string =>
  issuesOf(issue)
    .issues.map(({ path = [], message }) =>
      path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`,
    )
    .join("; ")

const asRecordError = ({ issue }: { readonly issue: SchemaIssue.Issue }): RecordError =>
  new RecordError({ detail: describe(issue) })

const decode = (input: RecordInput): Result.Result<MarketRecord, RecordError> =>
  Result.mapError(parse(textOf(input), { errors: "all" }), asRecordError)

/** The same for a value that was parsed already. Fields come out in the order of the contract; unknown ones are left out. */
export const readRecord = (value: unknown): Result.Result<MarketRecord, RecordError> =>
  Result.mapError(check(value, { errors: "all" }), asRecordError)

/** A record from outside, such as a line of a file or a message of a topic, checked against its Schema. */
export const decodeRecord = (input: RecordInput): Effect.Effect<MarketRecord, RecordError> =>
  Effect.suspend(() => Effect.fromResult(decode(input)))

/** The same without Effect: throws a `RecordError`. */
export const parseRecord = (input: RecordInput): MarketRecord => Result.getOrThrow(decode(input))
