import type { LoggedRecord } from "../../../services/KafkaTransport.ts"

/** The latest value of one key that counts, told by the markers as the log goes by. */
export class LatestCommitted {
  readonly #key: Buffer
  /** Of transactions that have not ended so far, by producer. */
  readonly #open = new Map<string, LoggedRecord>()
  #value: Buffer | undefined
  #found = false

  constructor(key: Buffer) {
    this.#key = key
  }

  add(records: ReadonlyArray<LoggedRecord>): void {
    for (const record of records) {
      const { key, marker, producerId, transactional } = record
      if (marker !== undefined) {
        const decided = this.#open.get(producerId)
        if (marker === "commit" && decided !== undefined) this.#take(decided.value)
        this.#open.delete(producerId)
      } else if (key !== undefined && this.#key.equals(key)) {
        if (transactional) this.#open.set(producerId, record)
        else this.#take(record.value)
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

  /** The first record of this key whose transaction has not ended yet. */
  get undecided(): LoggedRecord | undefined {
    for (const record of this.#open.values()) return record
    return undefined
  }
}
