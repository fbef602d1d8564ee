import type { Progress } from "../../exchanges/Venue.ts"
import type { StreamEntry } from "../StreamTable.ts"
import { patienceOf } from "./Rhythm.ts"

/** What is held against a stream that is silent for longer than it should be. It ends with the next record. */
export interface Suspicion {
  /** What REST said first; something else later means that the stream should have said it. */
  baseline: string | undefined
  /** At which silence REST is asked (again), milliseconds. */
  askAt: number
  asked: number
  /** It is being asked about right now. */
  busy: boolean
  /** REST knows of news, which may be on its way: at this silence it is not. */
  verdictAt: number | undefined
  /** How often in a row REST knew of news. */
  verdicts: number
  /** How often it was renewed in vain. */
  renewals: number
}

/** A market that is quiet is asked about ever more seldom, down to this. */
const longestPause = 15 * 60_000
/** A stream that stays dead is renewed ever more seldom, down to this. */
const longestRenewal = 3_600_000

/** Nothing since it was acknowledged. */
export const isNew = (entry: StreamEntry): boolean => entry.records === entry.recordsAtAcknowledgement

/**
 * The first question comes after a heartbeat of silence, or what is far beyond the stream's own silences. Of one that
 * has delivered nothing at all REST is asked twice within a heartbeat, because only a difference says anything.
 */
export const suspect = (entry: StreamEntry, heartbeat: number): Suspicion => ({
  baseline: undefined,
  askAt: isNew(entry) ? heartbeat / 2 : patienceOf(entry.rhythm, heartbeat),
  asked: 0,
  busy: false,
  verdictAt: undefined,
  verdicts: 0,
  renewals: 0,
})

/** Whether REST knows of something that the stream should have delivered. */
export const hasMoved = (entry: StreamEntry, suspicion: Suspicion, progress: Progress): boolean => {
  const { newest } = entry.continuity
  const { mark, sequence } = progress
  if (mark === "") return false
  // Before the acknowledgement there was nothing to deliver: what moved until then says nothing.
  if (sequence !== undefined && newest !== undefined && !isNew(entry)) return sequence > newest.last
  return suspicion.baseline !== undefined && mark !== suspicion.baseline
}

/** Nothing new by REST: the market is quiet, and it is given time. */
export const appease = (
  entry: StreamEntry,
  suspicion: Suspicion,
  progress: Progress,
  heartbeat: number,
): void => {
  const { silence } = entry.rhythm
  suspicion.baseline ??= progress.mark
  suspicion.verdicts = 0
  suspicion.asked++
  const pause = suspicion.asked <= 2 ? heartbeat / 4 : silence / 2
  suspicion.askAt = silence + Math.min(longestPause, Math.max(heartbeat / 4, pause))
}

/** It is asked about again soon. */
export const postpone = (entry: StreamEntry, suspicion: Suspicion, heartbeat: number): void => {
  suspicion.askAt = entry.rhythm.silence + heartbeat / 4
}

/** It was subscribed anew; the next time takes longer. Silence is counted from here. */
export const renewed = (suspicion: Suspicion, heartbeat: number): void => {
  suspicion.baseline = undefined
  suspicion.asked = 0
  suspicion.verdicts = 0
  suspicion.askAt = Math.min(longestRenewal, (heartbeat / 2) * 2 ** suspicion.renewals)
  suspicion.renewals++
}
