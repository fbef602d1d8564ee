import { Effect } from "effect"
import type { Stream } from "../../domain/Stream.ts"
import type { Handover, Item } from "./Handover.ts"

/** What the decoder is told of a handover, in the order of the frames. */
export interface HandoverNews {
  readonly handover: Handover
  readonly news:
    | { readonly kind: "released"; readonly streams: ReadonlyArray<Stream> }
    /** One of the sockets is closed, and all that it gave was handed over. `kept`: the new one stays. */
    | { readonly kind: "ended"; readonly kept: boolean }
}

/**
 * The moves that are under way at a venue. Connections begin and end them; the decoder asks, per batch of frames,
 * whether the frames' socket takes part in one.
 */
export interface Handovers {
  readonly begin: (handover: Handover) => void
  /** The old socket does not come as far any more: goes the way of the frames. */
  readonly release: (handover: Handover, streams: ReadonlyArray<Stream>) => Effect.Effect<void>
  /** Goes the way of the frames. */
  readonly end: (handover: Handover, kept: boolean) => Effect.Effect<void>
  readonly of: (origin: string) => Handover | undefined
  /** The decoder has come to the news; `give` gets what goes on. */
  readonly heed: (news: HandoverNews, give: (item: Item) => void) => void
}

/** `tell`: into the decoder's mailbox. */
export const makeHandovers = (tell: (news: HandoverNews) => Effect.Effect<unknown>): Handovers => {
  const under = new Map<string, Handover>()
  return {
    begin: (handover) => {
      under.set(handover.from, handover)
      under.set(handover.to, handover)
    },
    release: (handover, streams) => Effect.asVoid(tell({ handover, news: { kind: "released", streams } })),
    end: (handover, kept) => Effect.asVoid(tell({ handover, news: { kind: "ended", kept } })),
    of: (origin) => under.get(origin),
    heed: ({ handover, news }, give) => {
      if (news.kind === "released") return handover.release(news.streams, give)
      // What the socket that is gone gave alone comes on the other one.
      if (news.kept) handover.release("all", give)
      for (const origin of [handover.from, handover.to])
        if (under.get(origin) === handover) under.delete(origin)
    },
  }
}
