/** What waits in a mailbox, in order. It knows no bounds and no policy: its mailbox does. */
export interface MailboxBuffer<A> {
  readonly items: () => number
  readonly bytes: () => number
  readonly push: (message: A, size: number) => void
  /** The oldest. The caller has seen that there is one. */
  readonly shift: () => A
  /** All of it; the array is the caller's. */
  readonly shiftAll: () => Array<A>
}

/** The plain queue. */
export interface FifoBuffer<A> extends MailboxBuffer<A> {
  /** What waits, in order; to be read only. */
  readonly waiting: () => ReadonlyArray<A>
}

/** The replacing buffer of `conflate`. */
export interface KeyedBuffer<A> extends MailboxBuffer<A> {
  /** Takes the place of the waiting message of the same key, which comes back; `undefined`: none waits, nothing done. */
  readonly replace: (message: A, size: number) => { readonly message: A } | undefined
  /** The oldest whose key is not that of `kept`. The caller has seen that there are two. */
  readonly shiftOther: (kept: A) => A
}

/** The taken part of the array is cut off only once it is this long, and at least half of it. */
const compactAt = 1024

export const fifo = <A>(): FifoBuffer<A> => {
  let messages: Array<A> = []
  let sizes: Array<number> = []
  let head = 0
  let bytes = 0

  return {
    items: () => messages.length - head,
    bytes: () => bytes,
    waiting: () => (head === 0 ? messages : messages.slice(head)),
    push: (message, size) => {
      messages.push(message)
      sizes.push(size)
      bytes += size
    },
    shift: () => {
      const message = messages[head] as A
      bytes -= sizes[head] as number
      // The array must not keep alive what has been taken.
      messages[head] = undefined as A
      head++
      if (head >= compactAt && head * 2 >= messages.length) {
        messages = messages.slice(head)
        sizes = sizes.slice(head)
        head = 0
      }
      return message
    },
    shiftAll: () => {
      const all = head === 0 ? messages : messages.slice(head)
      messages = []
      sizes = []
      head = 0
      bytes = 0
      return all
    },
  }
}

/** A `Map` keeps a key's place when its value is set again: that is the whole of conflation. */
export const keyed = <A>(keyOf: (message: A) => string): KeyedBuffer<A> => {
  const entries = new Map<string, { readonly message: A; readonly size: number }>()
  let bytes = 0

  const remove = (key: string): A => {
    const entry = entries.get(key)!
    entries.delete(key)
    bytes -= entry.size
    return entry.message
  }

  return {
    items: () => entries.size,
    bytes: () => bytes,
    push: (message, size) => {
      entries.set(keyOf(message), { message, size })
      bytes += size
    },
    shift: () => remove(entries.keys().next().value!),
    shiftAll: () => {
      const all = Array.from(entries.values(), (entry) => entry.message)
      entries.clear()
      bytes = 0
      return all
    },
    replace: (message, size) => {
      const key = keyOf(message)
      const replaced = entries.get(key)
      if (replaced === undefined) return undefined
      entries.set(key, { message, size })
      bytes += size - replaced.size
      return replaced
    },
    shiftOther: (kept) => {
      const keys = entries.keys()
      const first = keys.next().value!
      return remove(first === keyOf(kept) ? keys.next().value! : first)
    },
  }
}
