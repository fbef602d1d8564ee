import type { Lost } from "../overload/Lost.ts"
import { type Continuity, type Findings, publish } from "./Continuity.ts"
import { makeGap } from "./Gap.ts"
import { interrupt } from "./Interruption.ts"
import { type CanRepair, missUpTo } from "./Sequences.ts"

/** Losses with less than this between them are one episode: one gap, where no sequence tells them apart. */
export const episodeMillis = 1_000

/** Records of the stream gave way here: `overload` says that they may. */
export const onLost = (continuity: Continuity, lost: Lost, findings: Findings): void => {
  if (continuity.newest === undefined) return beforeTheFirst(continuity, lost, findings)
  interrupt(continuity, "overflow", lost.last, findings)
  continuity.episodeEnds = lost.last + episodeMillis
  if (continuity.chain !== "ids") return
  const { overflown } = continuity
  continuity.overflown = Number.isNaN(overflown) ? lost.through : Math.max(overflown, lost.through)
}

/**
 * Streams of which ids gave way. A later record of the stream shows which; where none comes, it is told once their
 * episode is over.
 */
export const makeOverflown = (canRepair: CanRepair) => {
  const streams = new Set<Continuity>()
  const tellOf = (continuity: Continuity, repair: CanRepair, findings: Findings) => {
    const { episodeEnds, overflown } = continuity
    streams.delete(continuity)
    continuity.overflown = Number.NaN
    missUpTo(continuity, overflown, episodeEnds - episodeMillis, repair, findings)
  }
  return {
    add: (continuity: Continuity): void => {
      if (!Number.isNaN(continuity.overflown)) streams.add(continuity)
    },
    /** What was received before `now` has been handled. */
    tell: (now: number, findings: Findings): void => {
      if (streams.size === 0) return
      for (const continuity of streams)
        if (now >= continuity.episodeEnds) tellOf(continuity, canRepair, findings)
    },
    /** Nobody collects the stream any more. */
    leave: (continuity: Continuity, findings: Findings): void => {
      if (streams.has(continuity)) tellOf(continuity, () => false, findings)
    },
  }
}

/** Nothing of the stream has come through yet: the gap is as wide as what was lost. */
const beforeTheFirst = ({ stream }: Continuity, lost: Lost, findings: Findings): void => {
  const from = { timestamp: Math.floor(lost.first) }
  const to = { timestamp: Math.floor(lost.last) }
  // Never a whole second, which would be the open time of a kline.
  const first =
    stream.dataType.type === "kline" && from.timestamp % 1000 === 0 ? from.timestamp + 1 : from.timestamp
  const missing = stream.dataType.type === "trade" ? lost.records : undefined
  publish(
    findings,
    makeGap(stream, { first, cause: "overflow", from, to, missing, repair: "none" }),
    lost.last,
  )
}
