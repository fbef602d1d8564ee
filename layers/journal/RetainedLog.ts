import type { Position } from "../../services/Journal.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { Batch, type Holding } from "./Holding.ts"
import { type Part, partOf, payloadOf } from "./Part.ts"

/** What an envelope weighs beside its payload: the object, its numbers and its key. */
const envelopeOverhead = 200

const released = new Batch(0, [], 0)

/** What so many envelopes of so much payload weigh. */
export const weightOf = (items: number, payload: number): number => payload + items * envelopeOverhead

const weightOfBatch = ({ envelopes, payload }: Batch): number => weightOf(envelopes.length, payload)

/** What appending these would add to `bytes`. */
export const weigh = (envelopes: ReadonlyArray<Envelope>): number =>
  weightOf(envelopes.length, payloadOf(envelopes))

/**
 * The batches that someone still has to read, by reference and by position. A batch is released whole, once
 * everything in it may go; those that were given it may look at it for longer.
 */
export class RetainedLog {
  private batches: Array<Batch> = []
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
    return this.batches[this.head]?.first ?? this.endPosition
  }

  /** Payloads and what holding them costs. */
  get bytes(): number {
    return this.bytesHeld
  }

  /** `payload`: what `payloadOf` gives of them. */
  append(envelopes: ReadonlyArray<Envelope>, payload: number): void {
    const batch = new Batch(this.endPosition, envelopes, payload)
    this.batches.push(batch)
    this.bytesHeld += weightOfBatch(batch)
    this.endPosition += envelopes.length
  }

  /** Counts envelopes that no one will read. Only while nothing is held. */
  pass(count: number): void {
    this.endPosition += count
  }

  /**
   * From `position`, at least one envelope: whole batches while they fit into both limits, the last part of one that
   * was begun, or a part of the first when that alone does not fit. A whole batch is given as it was appended. What is
   * given is held by `holding` from then on.
   */
  slice(position: Position, maxItems: number, maxBytes: number, holding?: Holding): Part {
    let index = this.indexOf(position)
    const begun = this.batches[index]!
    const offset = position - begun.first
    holding?.add(begun)
    if (offset > 0 || begun.envelopes.length > maxItems || begun.payload > maxBytes)
      return partOf(begun.envelopes, offset, maxItems, maxBytes)
    let items = begun.envelopes.length
    let { payload } = begun
    const others: Array<ReadonlyArray<Envelope>> = []
    for (;;) {
      const next = this.batches[++index]
      if (next === undefined) break
      items += next.envelopes.length
      if (items > maxItems || payload + next.payload > maxBytes) break
      payload += next.payload
      others.push(next.envelopes)
      holding?.add(next)
    }
    return { envelopes: others.length === 0 ? begun.envelopes : begun.envelopes.concat(...others), payload }
  }

  /** Payload bytes from `position` to the end, to the batch. */
  bytesFrom(position: Position): number {
    if (position >= this.endPosition) return 0
    let bytes = 0
    for (let index = this.indexOf(position); index < this.batches.length; index++)
      bytes += this.batches[index]!.payload
    return bytes
  }

  /** Releases the batches that end at or before `position`. */
  release(position: Position): void {
    for (;;) {
      const batch = this.batches[this.head]
      if (batch === undefined || batch.end > position) break
      this.bytesHeld -= weightOfBatch(batch)
      // The list must not keep alive what is released.
      this.batches[this.head] = released
      this.head++
      batch.release()
    }
    if (this.head > 64 && this.head * 2 > this.batches.length) {
      this.batches = this.batches.slice(this.head)
      this.head = 0
    } else if (this.head === this.batches.length) {
      this.batches = []
      this.head = 0
    }
  }

  /** Lets go of the oldest batches until no more than `bytes` are held. */
  keepWithin(bytes: number): void {
    while (this.bytesHeld > bytes) {
      this.release(this.batches[this.head]!.end)
    }
  }

  private indexOf(position: Position): number {
    let low = this.head
    let high = this.batches.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.batches[middle]!.first <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}
