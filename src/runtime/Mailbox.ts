import type { Cause, Effect } from "effect"

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
  /** `conflate`: a waiting message of the same key is replaced, in its place in the order. */
  readonly keyOf?: (message: A) => string
  /** Called once for each message dropped or replaced, so that its owner can account for it. */
  readonly onDrop?: (message: A) => void
}

export interface MailboxStats {
  readonly name: string
  readonly policy: MailboxPolicy
  readonly items: number
  readonly bytes: number
  readonly capacityItems: number
  readonly capacityBytes: number
  /** Since it was made: offered = taken + dropped + items, while no offer waits. */
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
