import type { Envelope } from "../../../src/domain/Envelope.ts"
import { weigh } from "../RetainedLog.ts"
import { envelopeBytes } from "./Frame.ts"

/** What a batch takes in memory, and about what it will take on the disk. */
export interface Size {
  readonly items: number
  readonly memory: number
  readonly disk: number
}

export const sizeOf = (envelopes: ReadonlyArray<Envelope>): Size => {
  let disk = 0
  for (const { key, start, end } of envelopes) disk += envelopeBytes + key.length + end + 1 - start
  return { items: envelopes.length, memory: weigh(envelopes), disk }
}

interface Batch {
  readonly envelopes: ReadonlyArray<Envelope>
  readonly size: Size
}

/** Written at once, at most, beyond the first batch. */
const groupBytes = 4 * 1024 * 1024

/** Batches that were taken and are not accepted yet, in order, by reference. */
export class Held {
  items = 0
  memory = 0
  disk = 0
  private batches: Array<Batch> = []

  put(envelopes: ReadonlyArray<Envelope>, size: Size): void {
    this.batches.push({ envelopes, size })
    this.items += size.items
    this.memory += size.memory
    this.disk += size.disk
  }

  /** The oldest batches, as many as one group takes. They stay held. */
  group(): ReadonlyArray<ReadonlyArray<Envelope>> {
    const group: Array<ReadonlyArray<Envelope>> = []
    let bytes = 0
    for (const { envelopes, size } of this.batches) {
      bytes += size.disk
      if (group.length > 0 && bytes > groupBytes) break
      group.push(envelopes)
    }
    return group
  }

  /** Lets go of so many of the oldest batches. */
  release(batches: number): void {
    for (const { size } of this.batches.splice(0, batches)) {
      this.items -= size.items
      this.memory -= size.memory
      this.disk -= size.disk
    }
  }
}
