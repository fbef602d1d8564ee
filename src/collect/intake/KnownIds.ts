import type { Latch } from "effect"

/** Ids that are remembered: about ten megabytes of them. */
export const remembered = 65_536

/** Not decided yet: opened when it is. */
export type Flight = Latch.Latch

/**
 * Which ids came lately, so that what is handed in twice goes on once. An id is `accepted` or on its way; where that
 * fails it was never known.
 */
export class KnownIds {
  readonly #ids = new Map<string, Flight | "accepted">()
  readonly #capacity: number

  constructor(capacity = remembered) {
    this.#capacity = capacity
  }

  /** Somebody else's decision that has to be waited for before these ids can be told apart. */
  undecided(ids: ReadonlyArray<string>): Flight | undefined {
    for (const id of ids) {
      const state = this.#ids.get(id)
      if (state !== undefined && state !== "accepted") return state
    }
    return undefined
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  depart(id: string, flight: Flight): void {
    this.#ids.set(id, flight)
  }

  accept(id: string): void {
    // Set anew: the oldest are forgotten first.
    this.#ids.delete(id)
    this.#ids.set(id, "accepted")
    if (this.#ids.size <= this.#capacity) return
    for (const [oldest, state] of this.#ids) {
      if (this.#ids.size <= this.#capacity) return
      if (state === "accepted") this.#ids.delete(oldest)
    }
  }

  forget(id: string): void {
    this.#ids.delete(id)
  }
}
