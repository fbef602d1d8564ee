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
  /**
   * Under `block`, for messages that are batches of which parts may give way: asked when an offer does not fit, before it
   * waits. Gives what is to wait instead, in order and not larger, with room for `needed` bytes more, which `message`
   * takes; `undefined` when there would still be none: then nothing is given up, and the offer waits. What it gives up is
   * its own to count.
   */
  readonly makeRoom?: (waiting: ReadonlyArray<A>, needed: number, message: A) => ReadonlyArray<A> | undefined
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
  /**
   * Since it was made, always: offered = taken + dropped + items. An offer that waits is not yet among them; a message
   * that `makeRoom` merged into another is among the dropped.
   */
  readonly offered: number
  readonly taken: number
  readonly dropped: number
  readonly highWaterItems: number
  readonly highWaterBytes: number
  readonly waitingOffers: number
  readonly ended: boolean
}

/** Wrong options are a defect: they come from code, not from a configuration. */
export const check = <A>(options: MailboxOptions<A>): void => {
  const { items, bytes } = options.capacity
  if (!(items >= 1) || !(bytes >= 1))
    throw new RangeError(
      `mailbox "${options.name}": its capacity must be at least 1 item and 1 byte, not ${items} items and ${bytes} bytes`,
    )
  if (options.policy === "conflate" && options.keyOf === undefined)
    throw new RangeError(`mailbox "${options.name}": the policy conflate needs keyOf`)
  if (options.makeRoom !== undefined && (options.policy ?? "block") !== "block")
    throw new RangeError(`mailbox "${options.name}": only the policy block asks makeRoom`)
}
