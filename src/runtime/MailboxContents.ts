import { fifo, keyed } from "./MailboxBuffer.ts"
import type { MailboxOptions } from "./MailboxOptions.ts"

/** What is in a mailbox, and what was given up for it: the capacity, the policy and the counts. It never waits. */
export interface MailboxContents<A> {
  readonly items: () => number
  /** A message larger than the whole capacity fits into an empty mailbox, else it would wait for ever. */
  readonly fits: (size: number) => boolean
  /** Whether a message that does not fit does once what waits has given way as far as `makeRoom` says. */
  readonly makeRoom: (size: number, message: A) => boolean
  /** Takes it in, by dropping what the policy says, if need be itself. Under `block` the caller has seen that it fits. */
  readonly place: (message: A, size: number) => void
  readonly shift: () => A
  readonly shiftAll: () => Array<A>
  readonly stats: () => {
    readonly items: number
    readonly bytes: number
    readonly offered: number
    readonly taken: number
    readonly dropped: number
    readonly highWaterItems: number
    readonly highWaterBytes: number
  }
}

export const make = <A>(options: MailboxOptions<A>): MailboxContents<A> => {
  const { capacity, policy, onDrop } = options
  const conflating = policy === "conflate" ? keyed(options.keyOf!) : undefined
  const plain = fifo<A>()
  const buffer = conflating ?? plain
  const counts = { offered: 0, taken: 0, dropped: 0, highWaterItems: 0, highWaterBytes: 0 }

  const fits = (size: number): boolean =>
    buffer.items() === 0 || (buffer.items() < capacity.items && buffer.bytes() + size <= capacity.bytes)

  const drop = (message: A): void => {
    counts.dropped++
    onDrop?.(message)
  }

  const put = (message: A, size: number): void => {
    if (policy === "drop_newest" && !fits(size)) return drop(message)
    while (!fits(size)) drop(buffer.shift())
    buffer.push(message, size)
  }

  /** `false`: none of its key waits. */
  const replace = (message: A, size: number): boolean => {
    const replaced = conflating?.replace(message, size)
    if (replaced === undefined) return false
    drop(replaced.message)
    while (buffer.bytes() > capacity.bytes && buffer.items() > 1) drop(conflating!.shiftOther(message))
    return true
  }

  const makeRoom = (size: number, message: A): boolean => {
    const instead = options.makeRoom?.(plain.waiting(), size, message)
    if (instead === undefined) return false
    counts.dropped += buffer.items() - instead.length
    buffer.shiftAll()
    for (const each of instead) buffer.push(each, options.sizeOf?.(each) ?? 0)
    return fits(size)
  }

  return {
    items: buffer.items,
    fits,
    makeRoom,
    place: (message, size) => {
      counts.offered++
      if (!replace(message, size)) put(message, size)
      if (buffer.items() > counts.highWaterItems) counts.highWaterItems = buffer.items()
      if (buffer.bytes() > counts.highWaterBytes) counts.highWaterBytes = buffer.bytes()
    },
    shift: () => {
      counts.taken++
      return buffer.shift()
    },
    shiftAll: () => {
      counts.taken += buffer.items()
      return buffer.shiftAll()
    },
    stats: () => ({ items: buffer.items(), bytes: buffer.bytes(), ...counts }),
  }
}
