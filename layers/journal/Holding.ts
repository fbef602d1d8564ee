import type { Position } from "../../services/Journal.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { giveBack } from "../../src/domain/Slab.ts"

/** Envelopes that were appended together, and how many may look at them: the log, and readers that were given some. */
export class Batch {
  readonly first: Position
  readonly envelopes: ReadonlyArray<Envelope>
  readonly payload: number
  private holders = 1

  constructor(first: Position, envelopes: ReadonlyArray<Envelope>, payload: number) {
    this.first = first
    this.envelopes = envelopes
    this.payload = payload
  }

  get end(): Position {
    return this.first + this.envelopes.length
  }

  hold(): void {
    this.holders++
  }

  /** By one of those that held it. With the last of them its bytes may be written anew. */
  release(): void {
    if (--this.holders === 0) giveBack(this.envelopes)
  }
}

/** What a reader was given and may still look at. */
export class Holding {
  private batches: Array<Batch> = []
  private head = 0

  add(batch: Batch): void {
    // One that is given in parts is held once.
    if (this.batches.at(-1) === batch) return
    batch.hold()
    this.batches.push(batch)
  }

  /** Nothing before `position` is looked at any more. */
  release(position: Position): void {
    for (;;) {
      const batch = this.batches[this.head]
      if (batch === undefined || batch.end > position) break
      this.head++
      batch.release()
    }
    if (this.head === this.batches.length) {
      this.batches = []
      this.head = 0
    } else if (this.head > 64 && this.head * 2 > this.batches.length) {
      this.batches = this.batches.slice(this.head)
      this.head = 0
    }
  }

  /**
   * Nobody knows how long what was given will be looked at: by a writer that failed, say, with a write still under way.
   * Its bytes are never written anew; the garbage collector finds out.
   */
  forsake(): void {
    this.batches = []
    this.head = 0
  }
}
