import { Schema } from "effect"
import { parseDataType } from "../../domain/DataType.ts"
import { GapData } from "../../domain/RecordData.ts"
import { makeStream, type Stream } from "../../domain/Stream.ts"

const Edge = Schema.Struct({
  sequence: Schema.optionalKey(Schema.Int),
  timestamp: Schema.optionalKey(Schema.Int),
})

/** A gap as its newest record has it. */
const GapMark = Schema.Struct({
  first: Schema.Int,
  cause: GapData.fields.cause,
  from: Edge,
  to: Edge,
  missing: Schema.optionalKey(Schema.Int),
  repair: GapData.fields.repair,
  /** Records of it that were fetched. */
  repaired: Schema.Int,
  repairedBy: Schema.optionalKey(Schema.Literals(["rest", "resync", "twin"])),
  revision: Schema.Int,
  /** Of a gap of sequences: how many were missing when it was opened, as the ledger counts them. */
  size: Schema.optionalKey(Schema.Int),
})
export type GapMark = typeof GapMark.Type

/** Where a chain of book updates stands. */
const BookMark = Schema.Struct({
  last: Schema.Int,
  /** It is a snapshot's: the next update is judged by how it joins. */
  joining: Schema.Boolean,
})
export type BookMark = typeof BookMark.Type

const StreamName = Schema.Struct({
  venue: Schema.String,
  /** Its word. */
  dataType: Schema.String.check(
    Schema.makeFilter((word: string) => parseDataType(word) !== undefined, { expected: "a data type" }),
  ),
  instrument: Schema.Struct({
    exchange: Schema.String,
    market: Schema.Literals(["spot", "perpetual", "future", "option", "index"]),
    base: Schema.String,
    quote: Schema.String,
    symbol: Schema.String,
    native: Schema.String,
  }),
  wire: Schema.String,
  route: Schema.String,
  unnumbered: Schema.optionalKey(Schema.Literal(true)),
})

/** What is known of a stream's continuity, as plain data: what a checkpoint holds of it. */
export const StreamMark = Schema.Struct({
  stream: StreamName,
  newest: Schema.optionalKey(Schema.Struct({ timestamp: Schema.Int, receivedAt: Schema.Finite })),
  lowest: Schema.optionalKey(Schema.Int),
  highest: Schema.optionalKey(Schema.Int),
  /** What is missing of the pending gaps: first and last of each range, ascending. */
  missing: Schema.Array(Schema.Tuple([Schema.Int, Schema.Int])),
  /** The same of what no gap has named so far: no records by design, or an overflow that is not over. */
  holes: Schema.optionalKey(Schema.Array(Schema.Tuple([Schema.Int, Schema.Int]))),
  /** Gaps of sequences that are pending, oldest first. */
  gaps: Schema.Array(GapMark),
  book: Schema.optionalKey(BookMark),
  /** Of a book: its last gap, also when it is closed: its id may be taken up again. */
  bookGap: Schema.optionalKey(GapMark),
  /** The last gap by time, also when it is closed: its id may be taken up again. */
  timeGap: Schema.optionalKey(GapMark),
  /** The newest key, and the last ones, oldest first. */
  recent: Schema.optionalKey(Schema.Struct({ newest: Schema.String, keys: Schema.Array(Schema.String) })),
})
export type StreamMark = typeof StreamMark.Type

/** What a mark says of its stream. */
export const nameOf = ({
  venue,
  dataType,
  instrument,
  wire,
  route,
  unnumbered,
}: Stream): StreamMark["stream"] => ({
  venue,
  dataType: dataType.word,
  instrument,
  wire,
  route,
  ...(unnumbered === true ? { unnumbered } : {}),
})

export const streamOf = ({ dataType, ...name }: StreamMark["stream"]): Stream =>
  makeStream({ ...name, dataType: parseDataType(dataType)! })
