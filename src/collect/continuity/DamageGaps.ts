import * as Ledger from "../../runtime/Ledger.ts"
import { brokenBook, type Continuity, type Findings, firstOf, noteBookGap, publish } from "./Continuity.ts"
import type { Loss } from "./Damage.ts"
import { makeGap } from "./Gap.ts"
import { openGap } from "./Sequences.ts"

/**
 * Names what the disk has lost of a stream. What is missing of a chain may be asked for again where the stream is
 * collected. Gives whether a book's chain is broken by it: a new snapshot makes it whole for whoever reads it.
 */
export const tellLosses = (
  continuity: Continuity,
  losses: ReadonlyArray<Loss>,
  isCollected: boolean,
  noticedAt: number,
  findings: Findings,
): boolean => {
  let isBroken = false
  for (const loss of losses) {
    const { after, range, until } = loss
    if (continuity.chain === "book") {
      const first = range?.first ?? 0
      const pending = isCollected && !loss.isWhole && brokenBook(continuity) === undefined
      const gap = makeGap(continuity.stream, {
        first,
        cause: "restart",
        from: { sequence: first, timestamp: after },
        to: { sequence: range?.last, timestamp: until },
        repair: pending ? "pending" : "none",
      })
      noteBookGap(continuity, gap)
      publish(findings, gap, noticedAt)
      isBroken ||= pending
    } else if (range?.last === undefined) {
      const first = firstOf(continuity, after)
      const [from, to] = [{ timestamp: after }, { timestamp: until }]
      publish(
        findings,
        makeGap(continuity.stream, { first, cause: "restart", from, to, repair: "none" }),
        noticedAt,
      )
    } else
      tellRange(continuity, { first: range.first, last: range.last }, loss, isCollected, noticedAt, findings)
  }
  return isBroken
}

/** What an earlier gap waits for is its own. */
const tellRange = (
  continuity: Continuity,
  range: Ledger.Range,
  { after, until }: Loss,
  isCollected: boolean,
  noticedAt: number,
  findings: Findings,
): void => {
  for (const part of Ledger.without(range, continuity.gaps)) {
    Ledger.takeBack(continuity.ledger, part)
    const from = { sequence: part.first, timestamp: after }
    const hole = { cause: "restart", range: part, from, until } as const
    openGap(continuity, hole, () => isCollected, noticedAt, findings)
  }
}
