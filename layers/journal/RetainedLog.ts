import type { Position } from "../../services/Journal.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"

/** What an envelope weighs beside its payload: the object, its numbers and its key. */
const envelopeOverhead = 200

interface Segment {
  readonly first: Position
  readonly envelopes: ReadonlyArray<Envelope>
  readonly payload: number
}

const payloadBytes = (envelopes: ReadonlyArray<Envelope>): number => {
  let bytes = 0
  for (const envelope of envelopes) bytes += envelope.end - envelope.start + 1
  return bytes
}

const released: Segment = { first: 0, envelopes: [], payload: 0 }

/** What so many envelopes of so much payload weigh. */
export const weightOf = (items: number, payload: number): number => payload + items * envelopeOverhead

const weightOfSegment = ({ envelopes, payload }: Segment): number => weightOf(envelopes.length, payload)

/** What appending these would add to `bytes`. */
export const weigh = (envelopes: ReadonlyArray<Envelope>): number =>
  weightOf(envelopes.length, payloadBytes(envelopes))

/**
 * The batches that someone still has to read, by reference and by position. A batch is released whole, once
 * everything in it may go.
 */
export class RetainedLog {
  private segments: Array<Segment> = []
  private head = 0
  private bytesHeld = 0
  private endPosition: Position

  constructor(end: Position = 0) {
    this.endPosition = end
  }

  /** The position after the last envelope ever appended. */
  get end(): Position {
    return this.endPosition
  }

  /** The position of the first envelope held. */
  get first(): Position {
    return this.segments[this.head]?.first ?? this.endPosition
  }

  /** Payloads and what holding them costs. */
  get bytes(): number {
    return this.bytesHeld
  }

  append(envelopes: ReadonlyArray<Envelope>): void {
    const segment = { first: this.endPosition, envelopes, payload: payloadBytes(envelopes) }
    this.segments.push(segment)
    this.bytesHeld += weightOfSegment(segment)
    this.endPosition += envelopes.length
  }

  /** Counts envelopes that no one will read. Only while nothing is held. */
  pass(count: number): void {
    this.endPosition += count
  }

  /**
   * From `position`, at least one envelope: whole batches while they fit into both limits, the last part of one that
   * was begun, or a part of the first when that alone does not fit. A whole batch is given as it was appended.
   */
  slice(position: Position, maxItems: number, maxBytes: number): ReadonlyArray<Envelope> {
    let index = this.indexOf(position)
    const begun = this.segments[index]!
    const offset = position - begun.first
    if (offset > 0 || begun.envelopes.length > maxItems || begun.payload > maxBytes)
      return part(begun.envelopes, offset, maxItems, maxBytes)
    let items = begun.envelopes.length
    let bytes = begun.payload
    let gathered: Array<Envelope> | undefined
    for (;;) {
      const next = this.segments[++index]
      if (next === undefined) break
      items += next.envelopes.length
      bytes += next.payload
      if (items > maxItems || bytes > maxBytes) break
      gathered ??= begun.envelopes.slice()
      for (const envelope of next.envelopes) gathered.push(envelope)
    }
    return gathered ?? begun.envelopes
  }

  /** Payload bytes from `position` to the end, to the batch. */
  bytesFrom(position: Position): number {
    if (position >= this.endPosition) return 0
    let bytes = 0
    for (let index = this.indexOf(position); index < this.segments.length; index++)
      bytes += this.segments[index]!.payload
    return bytes
  }

  /** Releases the batches that end at or before `position`. */
  release(position: Position): void {
    for (;;) {
      const segment = this.segments[this.head]
      if (segment === undefined || segment.first + segment.envelopes.length > position) break
      this.bytesHeld -= weightOfSegment(segment)
      // The list must not keep alive what is released.
      this.segments[this.head] = released
      this.head++
    }
    if (this.head > 64 && this.head * 2 > this.segments.length) {
      this.segments = this.segments.slice(this.head)
      this.head = 0
    } else if (this.head === this.segments.length) {
      this.segments = []
      this.head = 0
    }
  }

  /** Lets go of the oldest batches until no more than `bytes` are held. */
  keepWithin(bytes: number): void {
    while (this.bytesHeld > bytes) {
      const oldest = this.segments[this.head]!
      this.release(oldest.first + oldest.envelopes.length)
    }
  }

  private indexOf(position: Position): number {
    let low = this.head
    let high = this.segments.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.segments[middle]!.first <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}

const part = (
  envelopes: ReadonlyArray<Envelope>,
  offset: number,
  maxItems: number,
  maxBytes: number,
): ReadonlyArray<Envelope> => {
  const limit = Math.min(envelopes.length, offset + maxItems)
  let end = offset + 1
  let bytes = payloadBytes(envelopes.slice(offset, end))
  while (end < limit) {
    const envelope = envelopes[end]!
    bytes += envelope.end - envelope.start + 1
    if (bytes > maxBytes) break
    end++
  }
  return envelopes.slice(offset, end)
}
