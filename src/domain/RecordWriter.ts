import type { Source } from "./Decoded.ts"
import { FixedText } from "./FixedText.ts"
import type { Frame } from "./Frame.ts"
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
/** The same of a frame, where the call takes a view of it: as much as copying so many bytes. */
const wordwiseFrame = 512

const timestampField = new FixedText('","timestamp":')
const closing = new FixedText("}\n")

/**
 * Writes records straight into the bytes that every sink will carry, one behind the other. A frame is read where it
 * stands among others, or is laid into the same slab first, behind the room for its record. No text is made of either.
 *
 * `show` or `lay`, then, once all of the frame is found good: `begin`, `copy` and `put` in the order of the record, `end`.
 */
export class RecordWriter {
  readonly source: Source
  /** Where records are written, and frames are laid. Another one after `show` or `lay`. */
  bytes: Buffer = Buffer.alloc(0)
  private target = new DataView(this.bytes.buffer, 0, 0)
  /** Where the frame is read, words at any index: the same bytes after `lay`, which may be changed then. */
  view = this.target
  /** The chunk that a frame is shown in; `undefined` where it was laid. */
  private chunk: Buffer | undefined
  private slab: Slab | undefined
  /** Behind the frame. */
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
   * Reads a frame where it stands, if a scan that runs past its end finds that out there, else lays it. Gives where it
   * begins. For scanners that change nothing of it.
   */
  show(frame: Frame): number {
    if (!frame.isFollowed(padBytes)) return this.lay(frame)
    const room = roomFor(frame.length)
    if (this.at + room + padBytes > this.bytes.length) this.open(room + padBytes)
    const { view } = frame
    // Once a chunk: what is written into an old object costs more than looking whether it is there.
    if (view !== this.view) {
      this.view = view
      this.chunk = frame.chunk
    }
    this.frameEnd = frame.to
    return frame.from
  }

  /**
   * Lays a frame into `bytes` and gives where it begins. Without a `begin`, the next frame takes its place. `more`: bytes
   * for records beyond the first, besides what they copy.
   */
  lay(frame: Frame, more = 0): number {
    const { length } = frame
    const room = roomFor(length) + length + more
    if (this.at + room + padBytes > this.bytes.length) this.open(room + padBytes)
    this.chunk = undefined
    this.view = this.target
    this.frameEnd = this.at + room
    const from = this.frameEnd - length
    if (length > wordwiseFrame || frame.isAlone) this.bytes.set(frame.bytes, from)
    else copyWords(frame.view, frame.from, this.view, from, length)
    return from
  }

  private open(length: number): void {
    this.slab?.release(1)
    this.slab = takeSlab(length)
    this.bytes = this.slab.bytes
    this.target = this.slab.view
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
    this.at = this.received.write(this.target, this.at, receivedAt)
  }

  /** Where the message has no time of its own: the receive time. */
  noEventTime(receivedAt: number): void {
    this.keyEnd = this.at
    this.at = this.received.writeAsEvent(this.target, this.at, receivedAt)
  }

  put(text: FixedText): void {
    this.at = text.write(this.target, this.at)
  }

  /** From the frame. */
  copy(from: number, to: number): void {
    const { at, chunk, target, view } = this
    this.at = at + to - from
    if (to - from > wordwise) {
      if (chunk === undefined) this.bytes.copyWithin(at, from, to)
      else chunk.copy(this.bytes, at, from, to)
      return
    }
    const behind = at - from
    for (let index = from; index < to; index += 4)
      target.setInt32(index + behind, view.getInt32(index, true), true)
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

/** For its record. No byte of a frame is copied more than twice: an id is the record's key and stands in its data. */
const roomFor = (frameBytes: number): number => maxHeadBytes + fixedBytes + 2 * frameBytes

/** As doubles, which hold any eight bytes; the last ones once more where they are no whole word. */
const copyWords = (source: DataView, from: number, target: DataView, to: number, length: number): void => {
  if (length < 8) {
    for (let index = 0; index < length; index++) target.setUint8(to + index, source.getUint8(from + index))
    return
  }
  const last = length - 8
  for (let index = 0; index < last; index += 8)
    target.setFloat64(to + index, source.getFloat64(from + index, true), true)
  target.setFloat64(to + last, source.getFloat64(from + last, true), true)
}
