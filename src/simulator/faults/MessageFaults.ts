import { sequence } from "../market/Hash.ts"
import type { Delivery } from "../server/Interference.ts"
import type { Anatomy } from "../venues/Anatomy.ts"
import { protocols } from "../venues/index.ts"
import {
  type ConnectionFault,
  type Deliveries,
  isStruckBy,
  note,
  placeOfTarget,
  seedOf,
  type Target,
} from "./ConnectionFault.ts"
import { argumentDefaults } from "./FaultKinds.ts"
import type { Entry } from "./FaultLog.ts"
import { garbageLike } from "./Garbage.ts"
import { makeTrigger } from "./Rule.ts"
import { wrongChecksum } from "./WrongChecksum.ts"

/** Puts what `strike` makes of it in the place of each message that is struck, and of `run - 1` after it. */
const each = (
  target: Target,
  run: number,
  strike: (message: Delivery) => Deliveries,
  concerns: (message: Delivery) => boolean = () => true,
): ConnectionFault => {
  const trigger = makeTrigger(target.rule, placeOfTarget(target), target.victim.since)
  let running = 0
  const isStruck = (message: Delivery, now: number): boolean => {
    if (!isStruckBy(target, message) || !concerns(message)) return false
    if (running > 0) {
      running--
      trigger.pass()
      return true
    }
    if (!trigger.strikes(now, message.text)) return false
    running = run - 1
    return true
  }
  return {
    deliver: (messages) => {
      const now = target.now()
      return messages.flatMap((message) => (isStruck(message, now) ? strike(message) : [message]))
    },
  }
}

const noteMessage = (target: Target, { stream, text }: Delivery, detail: string): Entry =>
  note(target, { stream, payload: text, messages: 1, detail })

/** Another order of 0 to `count - 1`, always another one. */
const otherOrder = (count: number, seed: number): ReadonlyArray<number> => {
  const dice = sequence(seed)
  const order = Array.from({ length: count }, (_, index) => index)
  for (let index = count - 1; index > 0; index--) {
    const other = dice(index + 1)
    ;[order[index], order[other]] = [order[other]!, order[index]!]
  }
  return order.every((place, index) => place === index) ? order.reverse() : order
}

/** Holds a stream's next messages back until there are `count`, and sends them in another order. */
const reorder = (target: Target, count: number): ConnectionFault => {
  const trigger = makeTrigger(target.rule, placeOfTarget(target), target.victim.since)
  const groups = new Map<string, Array<Delivery>>()
  const release = (stream: string, group: ReadonlyArray<Delivery>): Deliveries => {
    groups.delete(stream)
    const order = otherOrder(count, seedOf(target, group[0]!.text))
    note(target, {
      stream,
      payload: group[0]!.text,
      messages: count,
      detail: `${count} messages in the order ${order.map((place) => place + 1).join(", ")}`,
    })
    return order.map((place) => group[place]!)
  }
  const handle = (message: Delivery, now: number): Deliveries => {
    if (!isStruckBy(target, message)) return [message]
    const group = groups.get(message.stream)
    if (group !== undefined) {
      trigger.pass()
      group.push(message)
      return group.length === count ? release(message.stream, group) : []
    }
    if (!trigger.strikes(now, message.text)) return [message]
    groups.set(message.stream, [message])
    return []
  }
  return {
    deliver: (messages) => {
      const now = target.now()
      return messages.flatMap((message) => handle(message, now))
    },
  }
}

/** A valid frame of so many bytes. */
const oversized = (stream: string, bytes: number): Delivery => {
  const head = `{"stream":"${stream}","data":{"e":"oversize","padding":"`
  const tail = `"}}`
  return {
    stream,
    form: "message",
    madeUp: true,
    text: head + "x".repeat(Math.max(0, bytes - head.length - tail.length)) + tail,
  }
}

/** Shifts event times while it lasts; one entry for each connection. */
const skew = (target: Target, by: number, { skewed }: Anatomy): ConnectionFault => {
  let entry: Entry | undefined
  return each(target, 1, (message) => {
    entry ??= note(target, { messages: 0, detail: `event times changed by ${by} ms` })
    entry.messages++
    return [{ ...message, text: skewed(message.text, by) }]
  })
}

/** The faults that strike messages one by one. */
export const makeMessageFault = (target: Target): ConnectionFault | undefined => {
  const { fault } = target.rule
  const venue = protocols.get(target.victim.venue)!
  switch (fault.kind) {
    case "drop":
      return each(target, fault.messages ?? argumentDefaults.messages, (message) => {
        noteMessage(target, message, "left out")
        return []
      })
    case "duplicate": {
      const copies = fault.copies ?? argumentDefaults.copies
      return each(target, 1, (message) => {
        noteMessage(target, message, `sent ${copies + 1} times`)
        return Array.from({ length: copies + 1 }, () => message)
      })
    }
    case "reorder":
      return reorder(target, fault.messages ?? argumentDefaults.reordered)
    case "malformed":
      return each(target, 1, (message) => {
        const damaged = garbageLike(message, fault.garbage, seedOf(target, message.text), venue)
        noteMessage(target, message, `in its place: ${damaged.text.slice(0, 200)}`)
        return [damaged]
      })
    case "garbage":
      return each(target, 1, (message) => {
        const added = garbageLike(message, fault.garbage, seedOf(target, message.text), venue)
        noteMessage(target, message, `after it: ${added.text.slice(0, 200)}`)
        return [message, added]
      })
    case "checksum":
      return each(
        target,
        1,
        (message) => {
          noteMessage(target, message, "its checksum is of another book")
          return [{ ...message, text: wrongChecksum(message.text, seedOf(target, message.text), venue) }]
        },
        ({ text }) => venue.anatomy.checksum?.test(text) === true,
      )
    case "oversize": {
      const bytes = fault.bytes ?? argumentDefaults.bytes
      return each(target, 1, (message) => {
        noteMessage(target, message, `after it a message of ${bytes} bytes`)
        return [message, oversized(message.stream, bytes)]
      })
    }
    case "skew":
      return skew(target, fault.byMillis ?? argumentDefaults.byMillis, venue.anatomy)
    default:
      return undefined
  }
}
