import { Cause, Deferred, Effect, Exit, Latch } from "effect"
import type { Envelope } from "../../../src/domain/Envelope.ts"

/** A batch on its way to the consumer. */
export interface Parcel {
  readonly envelopes: ReadonlyArray<Envelope>
  /** The consumer is done with it. */
  readonly delivered: Deferred.Deferred<void>
}

/** Batches between a writer and its consumers, a bounded number of envelopes and one batch more. */
export class Handover {
  private parcels: Array<Parcel> = []
  private waiting = 0
  private ended = false
  private readonly capacity: number
  private readonly arrived = Latch.makeUnsafe(false)
  private readonly room = Latch.makeUnsafe(true)

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Waits for room. */
  put(envelopes: ReadonlyArray<Envelope>): Effect.Effect<Parcel> {
    return Effect.map(this.room.await, () => {
      const parcel = { envelopes, delivered: Deferred.makeUnsafe<void>() }
      this.parcels.push(parcel)
      this.count(envelopes.length)
      this.arrived.openUnsafe()
      return parcel
    })
  }

  /** The oldest; `Done` once it has ended and is empty. */
  readonly take: Effect.Effect<Parcel, Cause.Done> = Effect.suspend(() => {
    const parcel = this.parcels.shift()
    if (parcel !== undefined) return Effect.succeed(parcel)
    if (this.ended) return Cause.done()
    this.arrived.closeUnsafe()
    return Effect.andThen(this.arrived.await, this.take)
  })

  done(parcel: Parcel): void {
    this.count(-parcel.envelopes.length)
    Deferred.doneUnsafe(parcel.delivered, Exit.void)
  }

  /** Its consumer left in the middle of it: the next one has it whole. */
  giveBack(parcel: Parcel): void {
    this.parcels.unshift(parcel)
    this.arrived.openUnsafe()
  }

  /** What no consumer has taken is no longer on its way: it is in the journal. */
  withdraw(): void {
    for (const { envelopes } of this.parcels) this.count(-envelopes.length)
    this.parcels = []
  }

  end(): void {
    this.ended = true
    this.arrived.openUnsafe()
  }

  private count(envelopes: number): void {
    this.waiting += envelopes
    if (this.waiting < this.capacity) this.room.openUnsafe()
    else this.room.closeUnsafe()
  }
}
