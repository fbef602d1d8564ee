/**
 * Who waits, in order; seldom more than a few.
 *
 * An array and not a `Set`, which V8 rebuilds every few additions and deletions: each table that is given up points to
 * the next one. Should one of them have grown old before that, it keeps its successors alive until the next full
 * collection, and those keep what waited in them: under a steady flow everything then grows old, and the garbage
 * collector has several times the work.
 */
export class Waiters<W> {
  private readonly list: Array<W> = []

  get size(): number {
    return this.list.length
  }

  get first(): W | undefined {
    return this.list[0]
  }

  add(waiter: W): void {
    this.list.push(waiter)
  }

  /** Whether it was still waiting. */
  delete(waiter: W): boolean {
    const index = this.list.indexOf(waiter)
    if (index < 0) return false
    this.list.splice(index, 1)
    return true
  }

  has(waiter: W): boolean {
    return this.list.includes(waiter)
  }

  /** Those who wait now; they may be deleted meanwhile. */
  all(): ReadonlyArray<W> {
    return this.list.slice()
  }

  [Symbol.iterator](): Iterator<W> {
    return this.all()[Symbol.iterator]()
  }
}
