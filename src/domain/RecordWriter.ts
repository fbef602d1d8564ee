import type { Source } from "./Decoded.ts"
import { formatReceivedAt, fractions } from "./Encoder.ts"
import type { Stream } from "./Stream.ts"
import { WrittenRecord } from "./WrittenRecord.ts"

/** Room for some 200 records. What is kept of a slab keeps all of it in memory. */
const slabBytes = 64 * 1024

/** Streams with a longer head are not written by scanners; a usual one has 120 bytes. */
export const maxHeadBytes = 1024

/** Names of fields, times and punctuation of a record. */
const fixedBytes = 1024

/** Text that stands in every record of a kind, ready to be copied. */
export const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1")

const nothing = bytesOf("")
const timestampField = bytesOf('","timestamp":')
const fractionBytes = fractions.map(bytesOf)
const closing = bytesOf("}\n")

/**
 * Writes records straight into the bytes that every sink will carry, one behind the other. The frame is laid into the
 * same slab first, behind the room for its record: copying within one array, or a whole array into it, is one cheap
 * step whatever the length, and text is made of neither.
 *
 * `lay`, then, once all of the frame is found good: `begin`, `copy` and `put` in the order of the record, `end`.
 */
export class RecordWriter {
  readonly source: Source
  /** Where frames are read and records are written. Another one after `lay`. */
  bytes: Buffer = Buffer.alloc(0)
  /** Behind the frame that was laid. */
  frameEnd = 0
  private start = 0
  private at = 0
  private receivedAt = Number.NaN
  private millis = Number.NaN
  /** The receive time's field up to the fraction of the millisecond, behind an event's time and in place of one. */
  private received = nothing
  private receivedOnly = nothing
  private fraction = nothing
  private readonly beforeData: Uint8Array

  constructor(source: Source) {
    this.source = source
    this.beforeData = bytesOf(`,"source":"${source}","data":`)
  }

  /**
   * Lays a frame into `bytes` and gives where it begins. Without a `begin`, the next frame takes its place. `more`: bytes
   * for records beyond the first, besides what they copy.
   */
  lay(frame: Buffer, more = 0): number {
    const { length } = frame
    // No byte of a frame is copied more than twice: an id is the record's key and stands in its data.
    const room = maxHeadBytes + fixedBytes + 3 * length + more
    if (this.at + room > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(slabBytes, room))
      this.at = 0
    }
    this.frameEnd = this.at + room
    const from = this.frameEnd - length
    this.bytes.set(frame, from)
    return from
  }

  /** A record of the stream; its key is next. */
  begin(stream: Stream): void {
    this.start = this.at
    this.put(stream.headBytes)
  }

  /** Behind the key the event's time, from its digits; then the record's data is next. */
  eventTime(from: number, to: number, receivedAt: number): void {
    this.put(timestampField)
    this.copy(from, to)
    if (receivedAt !== this.receivedAt) this.receive(receivedAt)
    this.put(this.received)
    this.put(this.fraction)
    this.put(this.beforeData)
  }

  /** Where the message has no time of its own: the receive time. */
  noEventTime(receivedAt: number): void {
    if (receivedAt !== this.receivedAt) this.receive(receivedAt)
    this.put(this.receivedOnly)
    this.put(this.fraction)
    this.put(this.beforeData)
  }

  put(text: Uint8Array): void {
    this.bytes.set(text, this.at)
    this.at += text.length
  }

  /** From the frame. */
  copy(from: number, to: number): void {
    this.bytes.copyWithin(this.at, from, to)
    this.at += to - from
  }

  /** The record, complete. A `timestamp` of 0: the message has none. */
  end(stream: Stream, timestamp: number, first: number, last: number, previous: number): WrittenRecord {
    this.put(closing)
    return new WrittenRecord(
      stream,
      this.source,
      timestamp === 0 ? Math.floor(this.receivedAt) : timestamp,
      this.receivedAt,
      first,
      last,
      previous,
      this.bytes,
      this.start,
      this.at - 1,
    )
  }

  /** All frames of a socket read have one time, and those of a millisecond most of its text. */
  private receive(receivedAt: number): void {
    this.receivedAt = receivedAt
    const millis = Math.floor(receivedAt)
    const micros = Math.round((receivedAt - millis) * 1000)
    const plain = millis >= 0 && micros < 1000
    this.fraction = plain ? fractionBytes[micros]! : nothing
    if (plain && millis === this.millis) return
    if (plain && this.millis >= thirteenDigits && millis >= thirteenDigits && millis < 10 * thirteenDigits) {
      // Text of the same length: its digits are put over the last ones.
      writeDigits(this.received, this.received.length, millis)
      writeDigits(this.receivedOnly, this.receivedOnly.length, millis)
      writeDigits(this.receivedOnly, timestampField.length + 13, millis)
    } else {
      const text = `,"receivedAt":${plain ? millis : formatReceivedAt(receivedAt)}`
      this.received = bytesOf(text)
      this.receivedOnly = bytesOf(`","timestamp":${millis},"timestampSource":"receive"${text}`)
    }
    this.millis = plain && millis < 10 * thirteenDigits ? millis : Number.NaN
  }
}

/** Milliseconds since the epoch have so many digits from 2001 to 2286. */
const thirteenDigits = 1e12

/** All digits of a number, the last one before `end`. */
const writeDigits = (bytes: Uint8Array, end: number, value: number): void => {
  let rest = value
  for (let at = end - 1; rest > 0; at--) {
    const next = Math.floor(rest / 10)
    bytes[at] = 48 + (rest - next * 10)
    rest = next
  }
}
