import type { GapState, StreamName } from "../../../services/ContinuityHistory.ts"
import { recordId, type Stream } from "../../domain/Stream.ts"
import type { SequenceGap } from "./Continuity.ts"
import type { Gap } from "./Gap.ts"

export const nameOf = ({ dataType, instrument, key, venue }: Stream): StreamName => ({
  key,
  venue,
  symbol: instrument.symbol,
  dataType: dataType.word,
})

/** Records of a gap that are missing now: the ledger counts numbers, of which a kline takes many. */
const leftOf = ({ left, missing, size, stream }: SequenceGap): number =>
  stream.dataType.interval === undefined ? left : Math.round(((missing ?? 0) * left) / size)

/** The state that a gap has now, for the history. */
export const stateOf = (gap: Gap | SequenceGap, noticedAt: number): GapState => {
  const { cause, first, from, missing, repair, repaired, repairedBy, revision, stream, to } = gap
  return {
    stream: nameOf(stream),
    id: recordId(stream, "gap", `${stream.dataType.word}:${first}`),
    revision,
    at: noticedAt,
    cause,
    from,
    to,
    missing,
    left: "left" in gap ? leftOf(gap) : missing,
    repaired,
    repair,
    repairedBy,
  }
}
