import { Latch } from "effect"
import type { KafkaRecord } from "../../../services/KafkaTransport.ts"
import { Chunk, type Place, type Ticket } from "./Chunk.ts"

/**
 * Records of one lane on their way into its next send. `some` is open while there are any, `due` while they need not
 * wait any longer.
 */
export class Gathering {
  readonly some = Latch.makeUnsafe(false)
  readonly due = Latch.makeUnsafe(false)
  readonly #batchSize: number
  readonly #maxBytes: number
  /** Chunks that are full, in order, then the one that gathers. */
  readonly #full: Array<Chunk> = []
  #open: Chunk | undefined
  #records = 0
  #closing = false

  constructor(batchSize: number, maxBytes: number) {
    this.#batchSize = batchSize
    this.#maxBytes = maxBytes
  }

  add(place: Place, record: KafkaRecord, bytes: number, ticket: Ticket, now: number): void {
    let chunk = this.#open
    if (chunk !== undefined && chunk.bytes + bytes > this.#maxBytes) {
      this.#full.push(chunk)
      chunk = undefined
    }
    if (chunk === undefined) {
      chunk = new Chunk(now)
      this.#open = chunk
    }
    chunk.add(place, record, bytes, ticket)
    this.#records++
  }

  /** To be called after adding: wakes the lane, which may run before this returns. */
  signal(): void {
    if (this.since() === undefined) return
    if (this.#full.length > 0 || this.#records >= this.#batchSize) this.due.openUnsafe()
    this.some.openUnsafe()
  }

  /** When the oldest record came, or `undefined` when there is none. */
  since(): number | undefined {
    return (this.#full[0] ?? this.#open)?.since
  }

  take(): Chunk | undefined {
    let chunk = this.#full.shift()
    if (chunk === undefined) {
      chunk = this.#open
      this.#open = undefined
    }
    chunk?.close()
    this.#records -= chunk?.records ?? 0
    if (this.since() === undefined && !this.#closing) this.some.closeUnsafe()
    if (this.#full.length === 0 && this.#records < this.#batchSize && !this.#closing) this.due.closeUnsafe()
    return chunk
  }

  /** Everything that is here, in order. */
  takeAll(): ReadonlyArray<Chunk> {
    const chunks: Array<Chunk> = []
    for (let chunk = this.take(); chunk !== undefined; chunk = this.take()) chunks.push(chunk)
    return chunks
  }

  /** Nothing more comes, and what is here waits for nothing. */
  close(): void {
    this.#closing = true
    this.some.openUnsafe()
    this.due.openUnsafe()
  }

  get closing(): boolean {
    return this.#closing
  }
}
