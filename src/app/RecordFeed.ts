import type { Envelope } from "../domain/Envelope.ts"
import { type MarketRecord, recordOf } from "../domain/Record.ts"

type Answer = IteratorResult<MarketRecord, undefined>

const over: Answer = { done: true, value: undefined }

/**
 * Batches of a sink as single records, for `for await`. All loops over it share one place: a second one, after the
 * first was left, goes on with the next record. A batch is done with when the record after its last is asked for.
 */
export class RecordFeed implements AsyncIterable<MarketRecord> {
  private readonly batches: AsyncIterator<ReadonlyArray<Envelope>>
  private batch: ReadonlyArray<Envelope> = []
  /** The index in `batch` of the next record. */
  private next = 0
  /** Loops that have begun and were not left. */
  private loops = 0
  /** Who asks while others wait is answered after them. */
  private waiting = 0
  private turn: Promise<unknown> = Promise.resolve()
  private isClosing = false
  private unread = 0
  private readonly ended = Promise.withResolvers<void>()
  private failure: unknown

  constructor(batches: AsyncIterator<ReadonlyArray<Envelope>>) {
    this.batches = batches
  }

  /** Loops throw this where they would have ended. */
  fail(error: unknown): void {
    this.failure ??= error
  }

  [Symbol.asyncIterator](): AsyncIterator<MarketRecord, undefined> {
    let state: "fresh" | "open" | "left" = "fresh"
    return {
      next: () => {
        if (state === "left") return Promise.resolve(over)
        if (state === "fresh") this.loops++
        state = "open"
        return this.take()
      },
      return: () => {
        if (state === "open") this.loops--
        state = "left"
        this.discard()
        return Promise.resolve(over)
      },
    }
  }

  /** From now on, what no loop is there to read is let go. */
  closing(): void {
    this.isClosing = true
    this.discard()
  }

  /** Nothing comes any more: how many records were let go. A loop that is still open has to come to the end by itself. */
  closed(): Promise<number> {
    return this.loops > 0 ? Promise.resolve(this.unread) : this.ended.promise.then(() => this.unread)
  }

  private discard(): void {
    if (!this.isClosing || this.loops > 0) return
    const rest = (): void => {
      this.unread += this.batch.length - this.next
      this.next = this.batch.length
    }
    void this.inTurn((ready) => {
      if (!ready) return
      if (this.loops === 0) rest()
      this.discard()
    }).catch(() => undefined)
  }

  private take(): Promise<Answer> {
    const now = this.waiting === 0 && this.next < this.batch.length
    return now ? Promise.resolve(this.record()) : this.inTurn((ready) => (ready ? this.record() : over))
  }

  private record(): Answer {
    return { done: false, value: recordOf(this.batch[this.next++]!) }
  }

  /** Once it is known whether there is a next record, and before anyone else asks. */
  private inTurn<A>(work: (ready: boolean) => A): Promise<A> {
    this.waiting++
    const answer = this.turn.then(() => this.ready().then(work)).finally(() => this.waiting--)
    this.turn = answer.catch(() => undefined)
    return answer
  }

  /** Whether there is a next record; waits for it. */
  private ready(): Promise<boolean> {
    if (this.next < this.batch.length) return Promise.resolve(true)
    return this.batches.next().then(({ done, value }) => {
      if (done === true) {
        this.ended.resolve()
        if (this.failure !== undefined) throw this.failure
        return false
      }
      this.batch = value
      this.next = 0
      return this.ready()
    })
  }
}
