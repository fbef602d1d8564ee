/**
 * A bounded queue between two actors.
 *
 * It promises: never more than its capacity in items and bytes (a larger message is admitted alone); what it took is delivered once, in order, also after
 * `end`; a message it gives up is counted once and shown to `onDrop`; a wait may be interrupted at any moment and
 * neither side loses a message by it. It does not promise that a taken message is handled: take and handle in one
 * uninterruptible region, as `Pipeline.stage` does.
 *
 * ```ts
 * const mailbox = yield* Mailbox.make<Batch>({ name: "decoded", capacity: { items: 64, bytes: 1 << 20 }, sizeOf: (b) => b.bytes })
 * yield* mailbox.offer(batch)
 * const batches = yield* mailbox.takeAll
 * ```
 */
import { Cause, Effect, Exit, Scheduler } from "effect"
import { fifo, keyed } from "./MailboxBuffer.ts"

/** What happens to a message that does not fit. */
export type MailboxPolicy = "block" | "drop_oldest" | "drop_newest" | "conflate"

export interface MailboxOptions<A> {
  readonly name: string
  /** Both bound it. A single message larger than `bytes` is admitted alone, so that it cannot block for ever. */
  readonly capacity: { readonly items: number; readonly bytes: number }
  /** `block` unless given. */
  readonly policy?: MailboxPolicy
  /** Bytes of a message; 0 unless given. */
  readonly sizeOf?: (message: A) => number
  /** `conflate` needs it: a waiting message of the same key is replaced, in its place in the order; a new key that does not fit drops the oldest. */
  readonly keyOf?: (message: A) => string
  /** Called once for each message dropped or replaced, so that its owner can account for it. It must not throw. */
  readonly onDrop?: (message: A) => void
}

export interface MailboxStats {
  readonly name: string
  readonly policy: MailboxPolicy
  readonly items: number
  readonly bytes: number
  readonly capacityItems: number
  readonly capacityBytes: number
  /** Since it was made, always: offered = taken + dropped + items. An offer that waits is not yet among them. */
  readonly offered: number
  readonly taken: number
  readonly dropped: number
  readonly highWaterItems: number
  readonly highWaterBytes: number
  readonly waitingOffers: number
  readonly ended: boolean
}

/** A bounded queue between two actors. */
export interface Mailbox<A> {
  readonly name: string
  /** Without waiting: `full` only under `block`, `ended` after `end`. */
  readonly offerUnsafe: (message: A) => "taken" | "full" | "ended"
  /** Waits for room under `block`. `false`: it has ended and did not take the message. Interrupting a waiting offer takes the message back whole. */
  readonly offer: (message: A) => Effect.Effect<boolean>
  /** The next message; fails with `Done` once it has ended and is empty. Interruption loses nothing. */
  readonly take: Effect.Effect<A, Cause.Done>
  /** Everything waiting, at least one. */
  readonly takeAll: Effect.Effect<ReadonlyArray<A>, Cause.Done>
  /** No new messages; what is in it, and offers already waiting, are still delivered. */
  readonly end: Effect.Effect<void>
  readonly stats: () => MailboxStats
}

const True = Exit.succeed(true)

/** Another fiber was faster, between this one's look and its deed. Never leaves this module. */
const overtaken = Symbol("millrace/runtime/Mailbox/overtaken")

const retryWhenOvertaken = <A, E>(again: () => Effect.Effect<A, E>) =>
  Effect.catchDefect((defect) => (defect === overtaken ? again() : Effect.die(defect)))

interface WaitingOffer<A> {
  readonly message: A
  readonly size: number
  readonly resume: (answer: Effect.Effect<boolean>) => void
}

/** Wrong options are a defect: they come from code, not from a configuration. */
const check = <A>(options: MailboxOptions<A>): void => {
  const { items, bytes } = options.capacity
  if (!(items >= 1) || !(bytes >= 1))
    throw new RangeError(
      `mailbox "${options.name}": its capacity must be at least 1 item and 1 byte, not ${items} items and ${bytes} bytes`,
    )
  if (options.policy === "conflate" && options.keyOf === undefined)
    throw new RangeError(`mailbox "${options.name}": the policy conflate needs keyOf`)
}

/**
 * A mailbox. Waiting fibers are woken from a task of their own, never from inside an offer or a take: so no one
 * else's code runs, and no one is interrupted, in the middle of either.
 */
export const make = <A>(options: MailboxOptions<A>): Effect.Effect<Mailbox<A>> =>
  Effect.withFiber((fiber) => Effect.sync(() => makeWith(options, fiber.getRef(Scheduler.Scheduler))))

const makeWith = <A>(options: MailboxOptions<A>, scheduler: Scheduler.Scheduler): Mailbox<A> => {
  check(options)
  const { name, capacity, policy = "block", sizeOf, onDrop } = options
  const conflating = policy === "conflate" ? keyed(options.keyOf!) : undefined
  const buffer = conflating ?? fifo<A>()
  const offers = new Set<WaitingOffer<A>>()
  const takers = new Set<() => void>()
  const dispatcher = scheduler.makeDispatcher()
  const counts = { offered: 0, taken: 0, dropped: 0, highWaterItems: 0, highWaterBytes: 0 }
  let ended = false
  let waking = false

  /** A message larger than the whole capacity fits into an empty mailbox, else it would wait for ever. */
  const fits = (size: number): boolean =>
    buffer.items() === 0 || (buffer.items() < capacity.items && buffer.bytes() + size <= capacity.bytes)

  const finished = (): boolean => ended && buffer.items() === 0 && offers.size === 0

  const wake = (): void => {
    if (waking || (takers.size === 0 && offers.size === 0)) return
    waking = true
    dispatcher.scheduleTask(wakeWaiting, 0)
  }

  // Resuming runs the other fiber at once, up to its next wait. It is therefore decided anew before each, and whoever
  // begins to wait meanwhile has another turn: two fibers that feed each other must not keep the event loop.
  const wakeWaiting = (): void => {
    waking = false
    for (let left = offers.size; left > 0; left--) {
      const [offer] = offers
      if (offer === undefined || !fits(offer.size)) break
      offers.delete(offer)
      put(offer.message, offer.size)
      offer.resume(True)
    }
    for (let left = takers.size; left > 0 && (buffer.items() > 0 || finished()); left--) {
      const [taker] = takers
      if (taker === undefined) break
      takers.delete(taker)
      taker()
    }
    if (someoneCanGoOn()) wake()
  }

  const someoneCanGoOn = (): boolean => {
    if (takers.size > 0 && (buffer.items() > 0 || finished())) return true
    const [offer] = offers
    return offer !== undefined && fits(offer.size)
  }

  const drop = (message: A): void => {
    counts.dropped++
    onDrop?.(message)
  }

  const noteHighWater = (): void => {
    if (buffer.items() > counts.highWaterItems) counts.highWaterItems = buffer.items()
    if (buffer.bytes() > counts.highWaterBytes) counts.highWaterBytes = buffer.bytes()
  }

  const put = (message: A, size: number): void => {
    buffer.push(message, size)
    counts.offered++
    noteHighWater()
  }

  const conflate = (message: A, size: number): boolean => {
    const replaced = conflating?.replace(message, size)
    if (replaced === undefined) return false
    counts.offered++
    drop(replaced.message)
    while (buffer.bytes() > capacity.bytes && buffer.items() > 1) drop(conflating!.shiftOther(message))
    noteHighWater()
    return true
  }

  const offerUnsafe = (message: A): "taken" | "full" | "ended" => {
    if (ended) return "ended"
    const size = sizeOf === undefined ? 0 : sizeOf(message)
    if (policy === "block" && (offers.size > 0 || !fits(size))) return "full"
    if (conflate(message, size)) return "taken"
    if (policy === "drop_newest" && !fits(size)) {
      counts.offered++
      drop(message)
      return "taken"
    }
    while (!fits(size)) drop(buffer.shift())
    put(message, size)
    wake()
    return "taken"
  }

  // The deed is the last step before its answer is the caller's: nothing can interrupt in between.
  const offer = (message: A): Effect.Effect<boolean> => {
    const now = Effect.sync(() => {
      const answer = offerUnsafe(message)
      if (answer === "full") throw overtaken
      return answer === "taken"
    })
    const mustWait = (size: number) => !ended && policy === "block" && (offers.size > 0 || !fits(size))
    const size = sizeOf === undefined ? 0 : sizeOf(message)
    const wait = Effect.callback<boolean>((resume, signal) => {
      if (!mustWait(size)) return resume(now)
      const waiting = { message, size, resume }
      offers.add(waiting)
      // By the signal, which comes in the moment of the interruption: a finalizer may run only after others had a turn.
      signal.addEventListener("abort", () => {
        // A smaller message behind it may fit now; or it was the last, and the takers have nothing to wait for.
        if (offers.delete(waiting)) wake()
      })
    })
    const orWait: Effect.Effect<boolean> = Effect.suspend(() => (mustWait(size) ? wait : now)).pipe(
      retryWhenOvertaken(() => orWait),
    )
    return orWait
  }

  const taking = <B>(pull: () => B): Effect.Effect<B, Cause.Done> => {
    const now = Effect.sync(() => {
      if (buffer.items() === 0) throw overtaken
      const pulled = pull()
      wake()
      return pulled
    })
    const wait = Effect.callback<B, Cause.Done>((resume) => {
      if (buffer.items() > 0 || finished()) return resume(buffer.items() > 0 ? now : Cause.done())
      const taker = () => resume(buffer.items() > 0 ? now : Cause.done())
      takers.add(taker)
      return Effect.sync(() => void takers.delete(taker))
    })
    const orWait: Effect.Effect<B, Cause.Done> = Effect.suspend(() =>
      buffer.items() > 0 ? now : finished() ? Cause.done() : wait,
    ).pipe(retryWhenOvertaken(() => orWait))
    return orWait
  }

  return {
    name,
    offerUnsafe,
    offer,
    take: taking(() => {
      counts.taken++
      return buffer.shift()
    }),
    takeAll: taking(() => {
      counts.taken += buffer.items()
      return buffer.shiftAll()
    }),
    end: Effect.sync(() => {
      ended = true
      wake()
    }),
    stats: () => ({
      name,
      policy,
      items: buffer.items(),
      bytes: buffer.bytes(),
      capacityItems: capacity.items,
      capacityBytes: capacity.bytes,
      ...counts,
      waitingOffers: offers.size,
      ended,
    }),
  }
}
