export interface LaneLimits {
  /** Runs at once, in all. */
  readonly concurrency: number
  /** Runs at once of one source. */
  readonly perSource: number
}

interface Lane {
  /** In the order in which they came. */
  readonly waiting: Set<string>
  running: number
}

/**
 * Who may run. Each source has a lane with a limit of its own, and all of them share one; lanes take turns, so that a
 * source with a thousand tasks holds up no other.
 */
export class Lanes {
  readonly #limits: LaneLimits
  readonly #lanes = new Map<string, Lane>()
  readonly #sourceOf = new Map<string, string>()
  #running = 0

  constructor(limits: LaneLimits) {
    this.#limits = limits
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#sourceOf.size
  }

  has(id: string): boolean {
    return this.#sourceOf.has(id)
  }

  wait(id: string, source: string): void {
    if (this.#sourceOf.has(id)) return
    this.#sourceOf.set(id, source)
    let lane = this.#lanes.get(source)
    if (lane === undefined) this.#lanes.set(source, (lane = { waiting: new Set(), running: 0 }))
    lane.waiting.add(id)
  }

  /** It does not want to run any more. `false`: it did not wait. */
  leave(id: string): boolean {
    const source = this.#sourceOf.get(id)
    if (source === undefined) return false
    this.#sourceOf.delete(id)
    this.#lanes.get(source)?.waiting.delete(id)
    this.#close(source)
    return true
  }

  /** The next one that may run, which then does until `ended`. */
  next(): { readonly id: string; readonly source: string } | undefined {
    if (this.#running >= this.#limits.concurrency) return undefined
    for (const [source, lane] of this.#lanes) {
      if (lane.running >= this.#limits.perSource) continue
      const [id] = lane.waiting
      if (id === undefined) continue
      lane.waiting.delete(id)
      this.#sourceOf.delete(id)
      lane.running++
      this.#running++
      // To the end of the turns.
      this.#lanes.delete(source)
      this.#lanes.set(source, lane)
      return { id, source }
    }
    return undefined
  }

  ended(source: string): void {
    const lane = this.#lanes.get(source)
    if (lane === undefined) return
    lane.running--
    this.#running--
    this.#close(source)
  }

  #close(source: string): void {
    const lane = this.#lanes.get(source)
    if (lane !== undefined && lane.running === 0 && lane.waiting.size === 0) this.#lanes.delete(source)
  }
}
