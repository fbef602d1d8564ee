import type { OnAccepted } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { WrittenRecord } from "../../../src/domain/WrittenRecord.ts"
import { weightOf } from "../RetainedLog.ts"
import { envelopeBytes } from "./Frame.ts"

/** What a batch takes in memory, and about what it will take on the disk. */
export interface Size {
  readonly items: number
  /** Bytes of the records, with a newline behind each. */
  readonly payload: number
  readonly memory: number
  readonly disk: number
}

export const sizeOf = (envelopes: ReadonlyArray<Envelope>): Size => {
  let keys = 0
  let payload = 0
  for (const envelope of envelopes) {
    keys += envelope instanceof WrittenRecord ? envelope.keyEnd - envelope.keyStart : envelope.key.length
    payload += envelope.end + 1 - envelope.start
  }
  const items = envelopes.length
  return { items, payload, memory: weightOf(items, payload), disk: items * envelopeBytes + keys + payload }
}

export interface HeldBatch {
  readonly envelopes: ReadonlyArray<Envelope>
  readonly size: Size
  /** Positions before it that stay empty: what an earlier process wrote there cannot be read. */
  readonly skip: number
  /** Who appended it, and wants to hear that it is accepted. */
  readonly onAccepted: OnAccepted | undefined
}

/** Written at once, at most, beyond the first batch. */
export const groupBytes = 8 * 1024 * 1024

/** Batches that were taken and are not accepted yet, in order, by reference. */
export class Held {
  /** Envelopes, and positions that stay empty. */
  positions = 0
  memory = 0
  disk = 0
  private batches: Array<HeldBatch> = []

  put(envelopes: ReadonlyArray<Envelope>, size: Size, skip: number, onAccepted?: OnAccepted): void {
    this.batches.push({ envelopes, size, skip, onAccepted })
    this.positions += size.items + skip
    this.memory += size.memory
    this.disk += size.disk
  }

  /** The oldest batches, as many as one group takes. They stay held. */
  group(): ReadonlyArray<HeldBatch> {
    let count = 0
    let bytes = 0
    for (const { size } of this.batches) {
      bytes += size.disk
      if (count > 0 && bytes > groupBytes) break
      count++
    }
    return this.batches.slice(0, count)
  }

  /** Lets go of so many of the oldest batches. */
  release(batches: number): void {
    for (const { size, skip } of this.batches.splice(0, batches)) {
      this.positions -= size.items + skip
      this.memory -= size.memory
      this.disk -= size.disk
    }
  }
}
