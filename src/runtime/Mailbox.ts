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
import * as Contents from "./MailboxContents.ts"
import { check, type MailboxOptions, type MailboxStats } from "./MailboxOptions.ts"
import { Waiters } from "./Waiters.ts"

export type { MailboxOptions, MailboxPolicy, MailboxStats } from "./MailboxOptions.ts"

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

/**
 * A mailbox. Waiting fibers are woken from a task of their own, never from inside an offer or a take: so no one
 * else's code runs, and no one is interrupted, in the middle of either.
 */
export const make = <A>(options: MailboxOptions<A>): Effect.Effect<Mailbox<A>> =>
  Effect.withFiber((fiber) => Effect.sync(() => makeWith(options, fiber.getRef(Scheduler.Scheduler))))

const makeWith = <A>(options: MailboxOptions<A>, scheduler: Scheduler.Scheduler): Mailbox<A> => {
  check(options)
  const { name, capacity, policy = "block", sizeOf = () => 0 } = options
  const contents = Contents.make(options)
  const offers = new Waiters<WaitingOffer<A>>()
  const takers = new Waiters<() => void>()
  const dispatcher = scheduler.makeDispatcher()
  let ended = false
  let waking = false

  const finished = (): boolean => ended && contents.items() === 0 && offers.size === 0

  const mustWait = (message: A, size: number): boolean =>
    policy === "block" && (offers.size > 0 || (!contents.fits(size) && !contents.makeRoom(size, message)))

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
      const offer = offers.first
      if (offer === undefined || !contents.fits(offer.size)) break
      offers.delete(offer)
      contents.place(offer.message, offer.size)
      offer.resume(True)
    }
    for (let left = takers.size; left > 0 && (contents.items() > 0 || finished()); left--) {
      const taker = takers.first
      if (taker === undefined) break
      takers.delete(taker)
      taker()
    }
    if (someoneCanGoOn()) wake()
  }

  const someoneCanGoOn = (): boolean => {
    if (takers.size > 0 && (contents.items() > 0 || finished())) return true
    const offer = offers.first
    return offer !== undefined && contents.fits(offer.size)
  }

  const offerUnsafe = (message: A): "taken" | "full" | "ended" => {
    if (ended) return "ended"
    const size = sizeOf(message)
    if (mustWait(message, size)) return "full"
    contents.place(message, size)
    wake()
    return "taken"
  }

  // The deed is the last step before its answer is the caller's: nothing can interrupt in between.
  const offer = (message: A): Effect.Effect<boolean> => {
    const size = sizeOf(message)
    const now = Effect.sync(() => {
      const answer = offerUnsafe(message)
      if (answer === "full") throw overtaken
      return answer === "taken"
    })
    const wait = Effect.callback<boolean>((resume, signal) => {
      if (ended || !mustWait(message, size)) return resume(now)
      const waiting = { message, size, resume }
      offers.add(waiting)
      // By the signal, which comes in the moment of the interruption: a finalizer may run only after others had a turn.
      signal.addEventListener("abort", () => {
        // A smaller message behind it may fit now; or it was the last, and the takers have nothing to wait for.
        if (offers.delete(waiting)) wake()
      })
    })
    const orWait: Effect.Effect<boolean> = Effect.suspend(() =>
      !ended && mustWait(message, size) ? wait : now,
    ).pipe(retryWhenOvertaken(() => orWait))
    return orWait
  }

  const taking = <B>(pull: () => B): Effect.Effect<B, Cause.Done> => {
    const now = Effect.sync(() => {
      if (contents.items() === 0) throw overtaken
      const pulled = pull()
      wake()
      return pulled
    })
    const nowOrDone = (): Effect.Effect<B, Cause.Done> => (contents.items() > 0 ? now : Cause.done())
    const wait = Effect.callback<B, Cause.Done>((resume) => {
      if (contents.items() > 0 || finished()) return resume(nowOrDone())
      const taker = () => resume(nowOrDone())
      takers.add(taker)
      return Effect.sync(() => void takers.delete(taker))
    })
    const orWait: Effect.Effect<B, Cause.Done> = Effect.suspend(() =>
      contents.items() > 0 || finished() ? nowOrDone() : wait,
    ).pipe(retryWhenOvertaken(() => orWait))
    return orWait
  }

  return {
    name,
    offerUnsafe,
    offer,
    take: taking(contents.shift),
    takeAll: taking(contents.shiftAll),
    end: Effect.sync(() => {
      ended = true
      wake()
    }),
    stats: () => ({
      name,
      policy,
      capacityItems: capacity.items,
      capacityBytes: capacity.bytes,
      ...contents.stats(),
      waitingOffers: offers.size,
      ended,
    }),
  }
}
