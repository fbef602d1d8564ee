import type { RecordType } from "./DataType.ts"
import type { Decoded, Source } from "./Decoded.ts"
import type { Envelope } from "./Envelope.ts"
import { isReused } from "./Slab.ts"
import type { Stream } from "./Stream.ts"

const dataField = '"data":'

/**
 * A record that its decoder wrote out at once: its own envelope, and one object all the way. What few ask for, `key` and
 * `data`, is read from its bytes when someone does. Its `timestamp` is never 0: the receive time is in it already.
 *
 * Like its bytes it is used again where they are a slab's (`Slab.ts`): whoever keeps a record beyond that keeps a copy.
 */
export class WrittenRecord implements Decoded, Envelope {
  // Nobody but `become` sets these.
  declare stream: Stream
  declare type: RecordType
  declare source: Source
  declare timestamp: number
  declare receivedAt: number
  declare first: number
  declare last: number
  declare previous: number
  declare readonly bytes: Buffer
  declare start: number
  /** Behind the key. */
  declare keyEnd: number
  declare end: number
  /** Of few: `summed` sets it. */
  declare checksum: number | undefined
  declare private readKey: string | undefined

  /** In these bytes, for ever; none yet. */
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** The record that stands at this place of its bytes now. */
  become(
    stream: Stream,
    source: Source,
    timestamp: number,
    receivedAt: number,
    first: number,
    last: number,
    previous: number,
    start: number,
    keyEnd: number,
    end: number,
  ): this {
    this.stream = stream
    this.type = stream.dataType.type
    this.source = source
    this.timestamp = timestamp
    this.receivedAt = receivedAt
    this.first = first
    this.last = last
    this.previous = previous
    this.start = start
    this.keyEnd = keyEnd
    this.end = end
    this.checksum = undefined
    this.readKey = undefined
    return this
  }

  /** Where the key begins in `bytes`. */
  get keyStart(): number {
    return this.start + this.stream.headBytes.length
  }

  /** Read once: who asks for it, asks again. */
  get key(): string {
    this.readKey ??= this.bytes.toString("latin1", this.keyStart, this.keyEnd)
    return this.readKey
  }

  get data(): string {
    const from = this.bytes.indexOf(dataField, this.keyStart, "latin1")
    return this.bytes.toString("latin1", from + dataField.length, this.end - 1)
  }
}

/** The same record to be kept: in bytes of its own, since one that waits must not keep its neighbours in memory. */
export const alone = (record: Decoded): Decoded => {
  if (!(record instanceof WrittenRecord)) return record
  const bytes = Buffer.from(record.bytes.subarray(record.start, record.end + 1))
  return summed(movedTo(record, bytes, 0, bytes.length - 1), record.checksum)
}

/**
 * The same envelopes for whoever keeps them: one behind the other in bytes of their own, where theirs are written anew
 * once everyone else is done with them.
 */
export const kept = (envelopes: ReadonlyArray<Envelope>): ReadonlyArray<Envelope> => {
  let size = 0
  for (const { bytes, end, start } of envelopes) if (isReused(bytes)) size += end + 1 - start
  if (size === 0) return envelopes
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  return envelopes.map((envelope) => {
    if (!isReused(envelope.bytes)) return envelope
    const start = at
    at += envelope.bytes.copy(bytes, at, envelope.start, envelope.end + 1)
    return envelope instanceof WrittenRecord
      ? movedTo(envelope, bytes, start, at - 1)
      : { ...envelope, bytes, start, end: at - 1 }
  })
}

const movedTo = (record: WrittenRecord, bytes: Buffer, at: number, end: number): WrittenRecord => {
  const { stream, source, timestamp, receivedAt, first, last, previous, start } = record
  const keyEnd = record.keyEnd - start + at
  return new WrittenRecord(bytes).become(
    stream,
    source,
    timestamp,
    receivedAt,
    first,
    last,
    previous,
    at,
    keyEnd,
    end,
  )
}

/** The same record with what the venue says that its book adds up to after it, where it does. */
export const summed = (record: WrittenRecord, checksum: number | undefined): WrittenRecord => {
  record.checksum = checksum
  return record
}

/** Bytes of text that a record holds: all of it once it is written, before that its data. */
export const textBytes = (record: Decoded): number =>
  record instanceof WrittenRecord ? record.end - record.start : record.data.length
