import type { RecordType } from "./DataType.ts"
import type { Frame } from "./Frame.ts"
import { RecordWriter } from "./RecordWriter.ts"
import type { Stream } from "./Stream.ts"

/** Where a record came from. */
export type Source = "stream" | "rest" | "replay"

/** No number: the value of a sequence that the message does not carry. */
export const noSequence = -1

/**
 * A record between decoder and encoder: identity, time and sequence as values, `data` already as the JSON text that
 * every sink will carry. It is validated: what does not fit was rejected by the decoder.
 */
export interface Decoded {
  readonly stream: Stream
  readonly type: RecordType
  /** The last part of the id, ASCII: `<tradeId>`, `<interval>:<startTime>:closed`, … */
  readonly key: string
  /**
   * The exchange's event time in milliseconds; 0 where the message has none (the encoder then takes the receive time, and
   * a `WrittenRecord` has it already).
   */
  readonly timestamp: number
  /** Milliseconds, microseconds as the fraction. */
  readonly receivedAt: number
  /** JSON text of the `data` object, ASCII, fields in the order of the record's contract. */
  readonly data: string
  /**
   * First, last and previous sequence where the channel has a chain, else `noSequence`. Safe integers. A trade's and an
   * aggregate's first and last are its id; a snapshot has `last` alone, and so have best prices whose key is a number:
   * that number. A closed kline's are its first and last millisecond, so that it follows the one before; an open one has
   * `first` alone.
   */
  readonly first: number
  readonly last: number
  readonly previous: number
  /** Of a book's snapshot or delta alone: what the venue says that the book adds up to after it. */
  readonly checksum?: number | undefined
  /** Of a gap alone: which state of it this is, from 1. */
  readonly revision?: number
}

/** What a frame that is no record says to its connection. */
export type Control =
  /** The answer to the message of this id, as a whole; with `accepted`, what it does not name was refused. */
  | {
      readonly kind: "ack"
      readonly id: number
      readonly error?: string
      readonly accepted?: ReadonlyArray<Stream>
    }
  /** The answer for one stream, where the venue answers stream by stream. */
  | { readonly kind: "subscribed" | "unsubscribed"; readonly stream: Stream }
  | { readonly kind: "refused"; readonly stream: Stream; readonly error: string }
  /** Everything that the connection is subscribed to now, where the venue answers so. */
  | { readonly kind: "subscriptions"; readonly streams: ReadonlyArray<Stream> }
  /** An error that names neither message nor stream: something of what was asked last is refused. */
  | { readonly kind: "failed"; readonly error: string }
  /** A text the venue wants back at once (HTX's `ping`). */
  | { readonly kind: "reply"; readonly text: string }
  | { readonly kind: "pong" }
  /** The venue closes soon: move to a new connection. */
  | { readonly kind: "shutdown" }
  /** A named message that carries nothing for us. */
  | { readonly kind: "notice"; readonly text: string }

/** Why a frame was rejected: a closed list, so that counters by reason stay few. */
export const rejectReasons = [
  "not_json",
  "not_object",
  "unknown_event",
  "unknown_stream",
  "bad_field",
  "bad_number",
  "bad_levels",
  "symbol_mismatch",
  "too_large",
  "decoder_threw",
] as const

export type RejectReason = (typeof rejectReasons)[number]

export interface Reject {
  readonly reason: RejectReason
  /** Which field and what was expected, for a person: `data.p: a plain decimal, got true`. */
  readonly detail: string
  /** The stream that the frame names, if it does: something of it is missing now. */
  readonly stream?: Stream
  /** It calls itself of a kind that is none of ours and holds nothing of a book: none of our records is missing for it. */
  readonly foreign?: true
}

/** Frames that are records by design but not market data for anyone (an off-book trade of an insurance fund). */
export type SkipReason = "off_book" | "unsubscribed"

/** What a skip took of a stream's chain: those sequences are not missing. */
export interface Skipped {
  readonly stream: Stream
  readonly first: number
  readonly last: number
  readonly timestamp: number
  readonly receivedAt: number
}

/** Where a decoder puts what a frame holds. Reused for every frame: the caller empties it per batch. */
export interface Output {
  /** Where scanners write records. */
  readonly writer: RecordWriter
  readonly records: Array<Decoded>
  readonly controls: Array<Control>
  readonly rejects: Array<Reject>
  readonly skips: Array<SkipReason>
  /** For skips that have a place in a stream's chain, besides their reason. */
  readonly skipped: Array<Skipped>
}

/**
 * Decodes one frame into `output`: exactly one of a record (or several), a control, a reject or a skip. Pure: the
 * same bytes give the same output; never throws by design (a throw is a defect that the caller catches per batch).
 * `route`: of the connection it came on, where known, for venues that call streams of two routes by one name. Where a
 * venue sends changes of fields alone, the output is that of the frames so far.
 */
export type Decode = (frame: Frame, receivedAt: number, output: Output, route?: string) => void

/** `source`: of the records that scanners write. */
export const makeOutput = (source: Source = "stream"): Output => ({
  writer: new RecordWriter(source),
  records: [],
  controls: [],
  rejects: [],
  skips: [],
  skipped: [],
})

/** Empties it for the next frame. */
export const clearOutput = (output: Output): void => {
  output.records.length = 0
  output.controls.length = 0
  output.rejects.length = 0
  output.skips.length = 0
  output.skipped.length = 0
}
