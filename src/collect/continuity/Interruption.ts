import type { Decoded } from "../../domain/Decoded.ts"
import { type Continuity, type Findings, publish } from "./Continuity.ts"
import { type GapCause, makeGap, timeOf } from "./Gap.ts"

/** Streams whose missing records cannot be told by a sequence. */
export const isByTime = ({ chain }: Continuity): boolean => chain === "none" || chain === "klines"

/**
 * The first that is missing of a gap by time: the time of the last record. A kline stream's is never a whole second, so
 * that it cannot be taken for a kline's open time.
 */
export const firstOf = (continuity: Continuity, last: number): number =>
  continuity.chain === "klines" && last % 1000 === 0 ? last + 1 : last

/** The connection that carries the stream is gone; what came before is all that is known. Again changes nothing. */
export const interrupt = (
  continuity: Continuity,
  cause: GapCause,
  noticedAt: number,
  findings: Findings,
): void => {
  const { newest, ledger, timeGap } = continuity
  if (newest === undefined || continuity.interruption !== undefined) return
  continuity.interruption = cause
  if (!Number.isNaN(continuity.expected)) ledger.highest = continuity.expected - 1
  continuity.expected = Number.NaN
  if (!isByTime(continuity)) return
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
  continuity.interruption = undefined
  const { timeGap } = continuity
  if (timeGap === undefined || !isByTime(continuity)) return
  timeGap.to = { timestamp: timeOf(record) }
  publish(findings, timeGap, record.receivedAt)
}
