import type { LoggedRecord } from "../../../services/KafkaTransport.ts"

/** The latest value of one key that counts, told by the markers as the log goes by. */
export class LatestCommitted {
  readonly #key: Buffer
  /** Values of transactions that have not ended so far, by producer. */
  readonly #open = new Map<string, Buffer | undefined>()
  #value: Buffer | undefined
  #found = false

  constructor(key: Buffer) {
    this.#key = key
  }

  add(records: ReadonlyArray<LoggedRecord>): void {
    for (const { key, marker, producerId, transactional, value } of records) {
      if (marker !== undefined) {
        if (marker === "commit" && this.#open.has(producerId)) this.#take(this.#open.get(producerId))
        this.#open.delete(producerId)
      } else if (key !== undefined && this.#key.equals(key)) {
        if (transactional) this.#open.set(producerId, value)
        else this.#take(value)
      }
    }
  }

  #take(value: Buffer | undefined): void {
    this.#value = value
    this.#found = true
  }

  /** Whether there was any. */
  get found(): boolean {
    return this.#found
  }

  get value(): Buffer | undefined {
    return this.#value
  }

  /** Whether a transaction with a value of this key has not ended yet. */
  get undecided(): boolean {
    return this.#open.size > 0
  }
}
