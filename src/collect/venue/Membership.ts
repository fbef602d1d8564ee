import { Clock, Effect } from "effect"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import type { Mailbox } from "../../runtime/Mailbox.ts"
import type { BookSettings } from "../books/BookSettings.ts"
import type { Continuity } from "../continuity/Continuity.ts"
import type { Restart } from "../continuity/Restart.ts"
import { isUnsettled } from "../continuity/Settlement.ts"
import type { Inlet } from "../Inlet.ts"
import type { Repairs } from "../Repairs.ts"
import { makeChain } from "../StreamBooks.ts"
import { makeEntry, type Origin, type StreamEntry } from "../StreamTable.ts"

export interface MembershipOptions {
  readonly venue: Pick<Venue, "depth">
  readonly books?: BookSettings | undefined
  /** Where streams stood when the last process ended; without it each begins anew. */
  readonly restart: Pick<Restart, "claim"> | undefined
  readonly repairs: Pick<Repairs, "canRepair" | "request">
  /** Gives up what a stream holds that leaves. */
  readonly forget: (entry: StreamEntry) => void
}

/** The streams that come and go: one that comes goes on from where it stood, of one that goes the last word is said. */
export const makeMembership = ({ venue, books, restart, repairs, forget }: MembershipOptions) => {
  /** Of these the last word is still to be said: nothing ran when they left. */
  let departed: ReadonlyArray<Continuity> = []

  const depart = Effect.fnUntraced(function* (into: Pick<Mailbox<Inlet>, "offer">) {
    const leaving = departed
    departed = []
    if (leaving.length === 0) return
    const at = Number((yield* Clock.currentTimeNanos) / 1000n) / 1000
    if (!(yield* into.offer({ departed: leaving, at }))) departed = [...leaving, ...departed]
  }, Effect.uninterruptible)

  return {
    enter: (stream: Stream, origin: Origin): StreamEntry => {
      const restored = restart?.claim(stream, (gap) => {
        if (!repairs.canRepair(stream)) return false
        repairs.request(gap)
        return true
      })
      const entry = makeEntry(stream, origin, restored?.continuity)
      if (restored?.book !== undefined && venue.depth !== undefined)
        entry.chain = { ...makeChain(venue.depth, books), ...restored.book }
      return entry
    },
    /** Says it to whatever decodes now, if anything does. */
    leave: (entry: StreamEntry, into: Pick<Mailbox<Inlet>, "offer"> | undefined): Effect.Effect<void> =>
      Effect.suspend(() => {
        forget(entry)
        if (!isUnsettled(entry.continuity)) return Effect.void
        departed = [...departed, entry.continuity]
        return into === undefined ? Effect.void : depart(into)
      }),
    /** A decoder begins: says what could not be said before. */
    depart,
  }
}
