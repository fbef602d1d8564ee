import type { Source } from "./Decoded.ts"
import { FixedText } from "./FixedText.ts"
import { ReceiveTime } from "./ReceiveTime.ts"
import { type Slab, takeSlab } from "./Slab.ts"
import type { Stream } from "./Stream.ts"
import { WrittenRecord } from "./WrittenRecord.ts"

/** Streams with a longer head are not written by scanners; a usual one has 120 bytes. */
export const maxHeadBytes = 1024

/** Names of fields, times and punctuation of a record. */
const fixedBytes = 1024

/** Zeros behind the frame, where every scan ends that ran past it: no step reads further than that at once. */
const padBytes = 32

/** Up to so many bytes are copied word by word, more by a call. */
const wordwise = 64

const timestampField = new FixedText('","timestamp":')
const closing = new FixedText("}\n")

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
  /** The same bytes, of which words are read and written at any index. */
  view = new DataView(this.bytes.buffer, 0, 0)
  private slab: Slab | undefined
  /** Behind the frame that was laid. */
  frameEnd = 0
  private start = 0
  private keyEnd = 0
  private at = 0
  private readonly received: ReceiveTime

  constructor(source: Source) {
    this.source = source
    this.received = new ReceiveTime(source)
  }

  /**
   * Lays a frame into `bytes` and gives where it begins. Without a `begin`, the next frame takes its place. `more`: bytes
   * for records beyond the first, besides what they copy.
   */
  lay(frame: Buffer, more = 0): number {
    const { length } = frame
    // No byte of a frame is copied more than twice: an id is the record's key and stands in its data.
    const room = maxHeadBytes + fixedBytes + 3 * length + more
    if (this.at + room + padBytes > this.bytes.length) this.open(room + padBytes)
    this.frameEnd = this.at + room
    const from = this.frameEnd - length
    this.bytes.set(frame, from)
    return from
  }

  private open(length: number): void {
    this.slab?.release(1)
    this.slab = takeSlab(length)
    this.bytes = this.slab.bytes
    this.view = this.slab.view
    this.bytes.fill(0, this.bytes.length - padBytes)
    this.at = 0
  }

  /** A record of the stream; its key is next. */
  begin(stream: Stream): void {
    this.start = this.at
    this.bytes.set(stream.headBytes, this.at)
    this.at += stream.headBytes.length
  }

  /** Behind the key the event's time, from its digits; then the record's data is next. */
  eventTime(from: number, to: number, receivedAt: number): void {
    this.keyEnd = this.at
    this.put(timestampField)
    this.copy(from, to)
    this.at = this.received.write(this.view, this.at, receivedAt)
  }

  /** Where the message has no time of its own: the receive time. */
  noEventTime(receivedAt: number): void {
    this.keyEnd = this.at
    this.at = this.received.writeAsEvent(this.view, this.at, receivedAt)
  }

  put(text: FixedText): void {
    this.at = text.write(this.view, this.at)
  }

  /** From the frame. */
  copy(from: number, to: number): void {
    const { at } = this
    this.at = at + to - from
    if (to - from > wordwise) {
      this.bytes.copyWithin(at, from, to)
      return
    }
    const { view } = this
    const behind = at - from
    for (let index = from; index < to; index += 4)
      view.setInt32(index + behind, view.getInt32(index, true), true)
  }

  /** The record, complete. A `timestamp` of 0: the message has none. */
  end(stream: Stream, timestamp: number, first: number, last: number, previous: number): WrittenRecord {
    this.put(closing)
    const slab = this.slab!
    slab.hold()
    const { at: receivedAt, millis } = this.received
    const time = timestamp === 0 ? millis : timestamp
    const { source, bytes, start, keyEnd } = this
    const behind = this.at - 1
    const record = slab.spare() ?? slab.keep(new WrittenRecord(bytes))
    return record.become(stream, source, time, receivedAt, first, last, previous, start, keyEnd, behind)
  }
}
