import type { Continuity, Findings } from "./Continuity.ts"
import { brokenBook, isOpen, publish } from "./Continuity.ts"
import type { Gap } from "./Gap.ts"
import { conclude } from "./Sequences.ts"

/** Whether something is said of it that is not the last word. */
export const isUnsettled = (continuity: Continuity): boolean => {
  const { gaps, timeGap } = continuity
  return (
    brokenBook(continuity) !== undefined || (timeGap !== undefined && isOpen(timeGap)) || gaps.some(isPending)
  )
}

const isPending = ({ repair }: Gap): boolean => repair === "pending"

/**
 * Nobody collects the stream any more: what is pending will not be repaired, and what is open ends now. `noticedAt` in
 * milliseconds, microseconds as the fraction.
 */
export const leave = (continuity: Continuity, noticedAt: number, findings: Findings): void => {
  const { timeGap } = continuity
  const bookGap = brokenBook(continuity)
  for (const gap of continuity.gaps.splice(0)) conclude(continuity, gap, noticedAt, findings)
  if (bookGap !== undefined) {
    bookGap.repair = "none"
    publish(findings, bookGap, noticedAt)
  }
  if (timeGap === undefined || !isOpen(timeGap)) return
  timeGap.to = { timestamp: Math.floor(noticedAt) }
  timeGap.repair = "none"
  publish(findings, timeGap, noticedAt)
}

/**
 * The stream is taken up again by another process. A gap whose last word was not said, although nothing of it is
 * missing any more, is concluded, and so is one that `takeUp` does not have repaired.
 */
export const takeUp = (
  continuity: Continuity,
  isWhole: boolean,
  takeUpGap: (gap: Continuity["gaps"][number]) => boolean,
  noticedAt: number,
  findings: Findings,
): void => {
  // Those that are whole leave the list.
  const known = continuity.gaps.slice()
  for (const gap of known)
    if (gap.left === 0 || !takeUpGap(gap)) conclude(continuity, gap, noticedAt, findings)
  const bookGap = brokenBook(continuity)
  if (bookGap === undefined || !isWhole) return
  bookGap.repair = "complete"
  bookGap.repairedBy = "resync"
  publish(findings, bookGap, noticedAt)
}
