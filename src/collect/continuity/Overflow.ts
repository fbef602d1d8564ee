import type { Lost } from "../overload/Lost.ts"
import { type Continuity, type Findings, publish } from "./Continuity.ts"
import { makeGap } from "./Gap.ts"
import { interrupt } from "./Interruption.ts"

/** Losses with less than this between them are one episode: one gap, where no sequence tells them apart. */
export const episodeMillis = 1_000

/** Records of the stream gave way here: `overload` says that they may. */
export const onLost = (continuity: Continuity, lost: Lost, findings: Findings): void => {
  if (continuity.newest === undefined) return beforeTheFirst(continuity, lost, findings)
  interrupt(continuity, "overflow", lost.last, findings)
  continuity.episodeEnds = lost.last + episodeMillis
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
