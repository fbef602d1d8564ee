import type { RecordType } from "./DataType.ts"
import type { Source } from "./Decoded.ts"
import type { Stream } from "./Stream.ts"

/** Version of the record contract that payloads follow; sinks send it as the header `schema`. */
export const recordSchemaVersion = 1

/**
 * A record encoded once: the journal, Kafka and the files carry the same bytes. The payload is
 * `bytes.subarray(start, end)`, a JSON object; `bytes[end]` is always a newline, so that a sink of lines can write
 * `start … end + 1` of neighbouring envelopes in one piece. Many envelopes share one `bytes`.
 */
export interface Envelope {
  readonly stream: Stream
  readonly type: RecordType
  /** The last part of the record's id. */
  readonly key: string
  readonly timestamp: number
  readonly receivedAt: number
  readonly source: Source
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** The payload without its newline; shares memory with its batch. */
export const payloadOf = (envelope: Envelope): Buffer => envelope.bytes.subarray(envelope.start, envelope.end)
