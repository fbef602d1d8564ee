/** When something is due: milliseconds since the epoch. */
interface Entry {
  readonly at: number
  readonly id: string
}

/**
 * One timer for everything that is due at some time: a binary heap. What is set anew or forgotten stays in it as a
 * stale entry until it comes up or until half of them are stale.
 */
export class DueHeap {
  #entries: Array<Entry> = []
  readonly #due = new Map<string, number>()

  /** Ids that are due at some time. */
  get size(): number {
    return this.#due.size
  }

  dueAt(id: string): number | undefined {
    return this.#due.get(id)
  }

  /** At another time than before, if it had one. */
  set(id: string, at: number): void {
    if (this.#due.get(id) === at) return
    this.#due.set(id, at)
    this.#push({ at, id })
    if (this.#entries.length > 64 + 2 * this.#due.size) this.#compact()
  }

  forget(id: string): void {
    this.#due.delete(id)
  }

  /** When the first of them is due. */
  next(): number | undefined {
    for (let first = this.#entries[0]; first !== undefined; first = this.#entries[0]) {
      if (this.#due.get(first.id) === first.at) return first.at
      this.#pop()
    }
    return undefined
  }

  /** Takes out what is due by now, the earliest first. */
  take(now: number): ReadonlyArray<Entry> {
    const taken: Array<Entry> = []
    for (let at = this.next(); at !== undefined && at <= now; at = this.next()) {
      const entry = this.#pop()
      this.#due.delete(entry.id)
      taken.push(entry)
    }
    return taken
  }

  #compact(): void {
    this.#entries = [...this.#due].map(([id, at]) => ({ at, id })).sort((left, right) => left.at - right.at)
  }

  #push(entry: Entry): void {
    const entries = this.#entries
    let index = entries.length
    entries.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (entries[parent]!.at <= entry.at) break
      entries[index] = entries[parent]!
      index = parent
    }
    entries[index] = entry
  }

  #pop(): Entry {
    const entries = this.#entries
    const first = entries[0]!
    const last = entries.pop()!
    if (entries.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child + 1 < entries.length && entries[child + 1]!.at < entries[child]!.at) child++
      if (child >= entries.length || entries[child]!.at >= last.at) break
      entries[index] = entries[child]!
      index = child
    }
    entries[index] = last
    return first
  }
}
