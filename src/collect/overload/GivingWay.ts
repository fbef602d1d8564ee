import { Effect } from "effect"
import type { Stream } from "../../domain/Stream.ts"
import type { Mailbox } from "../../runtime/Mailbox.ts"
import { type Parsed, recordOverhead } from "../Inlet.ts"
import { copy, type Lost, merge } from "./Lost.ts"
import type { Overload } from "./Overload.ts"

/**
 * A mailbox whose offers give way as well. What is lost of a message that is lost whole is told by the next one that
 * is taken.
 */
export const givingWay = (mailbox: Mailbox<Parsed>, overload: Overload): Mailbox<Parsed> => {
  let untold: Map<Stream, Lost> | undefined

  const telling = (message: Parsed): Parsed => {
    if (untold === undefined || message.kind !== "records") return message
    const lost = copy(untold)
    for (const [stream, each] of message.lost ?? []) lost.set(stream, merge(lost.get(stream), each))
    return { ...message, lost, bytes: message.bytes + untold.size * recordOverhead }
  }
  const tellingNow = (message: Parsed): "taken" | "full" | "ended" => {
    const answer = mailbox.offerUnsafe(telling(message))
    if (answer === "taken" && message.kind === "records") untold = undefined
    return answer
  }
  const tellingWhenRoom = (message: Parsed) =>
    Effect.suspend(() =>
      Effect.map(mailbox.offer(telling(message)), (taken) => {
        if (taken && message.kind === "records") untold = undefined
        return taken
      }),
    )

  return {
    ...mailbox,
    offerUnsafe: (message) => {
      const answer = tellingNow(message)
      if (answer !== "full") return answer
      const { bytes, capacityBytes, capacityItems, items } = mailbox.stats()
      // Full of messages, however small they are, it takes none: then all of this one gives way that may.
      const room = items < capacityItems ? capacityBytes - bytes : 0
      const smaller = overload.withoutNewest(telling(message), room)
      if (smaller === undefined) return "full"
      const { dropped, left } = smaller
      if (left.records.length === 0) untold = copy(left.lost!)
      else if (mailbox.offerUnsafe(left) === "taken") untold = undefined
      else return "full"
      overload.onDrop(dropped)
      return "taken"
    },
    offer: tellingWhenRoom,
    end: Effect.suspend(() => {
      // Without waiting: who ends it may be the one who would make room.
      if (untold !== undefined) mailbox.offerUnsafe({ kind: "records", records: [], bytes: 0, lost: untold })
      untold = undefined
      return mailbox.end
    }),
  }
}
