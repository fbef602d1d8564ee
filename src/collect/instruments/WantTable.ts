import type { RefusedSubscription } from "../../../services/Collection.ts"
import { isPattern } from "../../domain/InstrumentPattern.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Known } from "./Meaning.ts"
import { type Meanings, nameKey, type Resolved, resolve, type Want, wantKey } from "./Wants.ts"

/** Everything that is wanted of a venue, what it means by the newest list of instruments, and what came to nothing. */
export interface WantTable {
  readonly resolve: (want: Want) => ReadonlyArray<Resolved>
  readonly wants: () => Iterable<Want>
  readonly has: (want: Want) => boolean
  /** `left`: what of it is not collected. */
  readonly add: (want: Want, left: ReadonlyArray<RefusedSubscription>) => void
  readonly drop: (want: Want) => boolean
  /** Nobody but tasks wants the stream by its name any more, and no pattern brings it back. */
  readonly exclude: (stream: Stream) => void
  /** It is asked for by its name: patterns bring it again. */
  readonly include: (stream: Stream) => void
  /** The first that wants the stream. */
  readonly wanting: (stream: Stream) => Want | undefined
  readonly learn: (known: Known) => void
  readonly refused: () => ReadonlyArray<RefusedSubscription>
  /** Replaces all of it. */
  readonly refuse: (left: ReadonlyMap<Want, ReadonlyArray<RefusedSubscription>>) => void
}

export const makeWantTable = (options: Pick<Meanings, "onMisread" | "table" | "venue">): WantTable => {
  const wants = new Map<string, Want>()
  const excluded = new Set<string>()
  const refused = new Map<string, ReadonlyArray<RefusedSubscription>>()
  let known: Known | undefined

  const meaning = (want: Want) => resolve({ ...options, known, excluded }, want)
  const means = (want: Want, stream: Stream): boolean =>
    want.dataType === stream.dataType.word && meaning(want).some((each) => each.stream === stream)
  const drop = (want: Want): boolean => {
    refused.delete(wantKey(want))
    return wants.delete(wantKey(want))
  }
  const nameOf = ({ dataType, instrument }: Stream): string =>
    nameKey({ symbol: instrument.symbol, dataType: dataType.word })

  return {
    resolve: meaning,
    wants: () => wants.values(),
    has: (want) => wants.has(wantKey(want)),
    add: (want, left) => {
      const key = wantKey(want)
      if (!wants.has(key)) wants.set(key, want)
      if (left.length > 0) refused.set(key, left)
      else refused.delete(key)
    },
    drop,
    exclude: (stream) => {
      let byPattern = false
      for (const want of wants.values()) {
        if (!means(want, stream)) continue
        if (isPattern(want.symbol)) byPattern = true
        else if (want.origin !== "task") drop(want)
      }
      if (byPattern) excluded.add(nameOf(stream))
    },
    include: (stream) => void excluded.delete(nameOf(stream)),
    wanting: (stream) => [...wants.values()].find((want) => means(want, stream)),
    learn: (next) => {
      known = next
    },
    refused: () => [...refused.values()].flat(),
    refuse: (left) => {
      refused.clear()
      for (const [want, own] of left) if (own.length > 0) refused.set(wantKey(want), own)
    },
  }
}
