import type { Decoded } from "../../domain/Decoded.ts"
import { type Continuity, type Findings, firstOf, isByTime, publish } from "./Continuity.ts"
import { type GapCause, makeGap, timeOf } from "./Gap.ts"
import { endLoss, isBeforeLoss } from "./Loss.ts"

/** The connection that carries the stream is gone; what came before is all that is known. Again changes nothing. */
export const interrupt = (
  continuity: Continuity,
  cause: GapCause,
  noticedAt: number,
  findings: Findings,
): void => {
  const { newest, ledger, timeGap } = continuity
  if (continuity.interruption !== undefined) return
  // Of a stream that never delivered nothing was begun, unless something came of it that nobody could read.
  if (newest === undefined && cause !== "rejected") return
  continuity.interruption = cause
  if (!Number.isNaN(continuity.expected)) ledger.highest = continuity.expected - 1
  continuity.expected = Number.NaN
  if (newest === undefined || !isByTime(continuity)) return
  const timestamp = timeOf(newest)
  const first = firstOf(continuity, timestamp)
  if (timeGap?.first === first) {
    // Nothing came in between, or nothing with a time of its own: it is the same gap.
    timeGap.to = {}
  } else {
    const from = { timestamp }
    continuity.timeGap = makeGap(continuity.stream, { first, cause, from, to: {}, repair: "none" })
  }
  publish(findings, continuity.timeGap!, noticedAt)
}

/** A record came: whatever was interrupted goes on. */
export const resume = (continuity: Continuity, record: Decoded, findings: Findings): void => {
  if (continuity.interruption === undefined || record.receivedAt < continuity.episodeEnds) return
  if (isBeforeLoss(continuity, record)) return
  continuity.interruption = undefined
  continuity.refusedAt = undefined
  if (isByTime(continuity)) endByTime(continuity, record, findings)
  else endLoss(continuity, record, findings)
}

const endByTime = ({ timeGap }: Continuity, record: Decoded, findings: Findings): void => {
  if (timeGap === undefined) return
  timeGap.to = { timestamp: timeOf(record) }
  publish(findings, timeGap, record.receivedAt)
}
