import { type Decoded, noSequence } from "../../domain/Decoded.ts"
import type { DepthRule } from "../../exchanges/Venue.ts"
import type { DepthChain } from "../DepthChain.ts"
import { brokenBook, type Continuity, type Findings, isOpen, noteBookGap, publish } from "./Continuity.ts"
import { makeGap, resetMillis, timeOf } from "./Gap.ts"

/**
 * Whether a delta that ends before what came is no old one: it is the first after an interruption, and much later. While a
 * connection lasts that cannot be told from a snapshot that is ahead of the stream.
 */
export const countsAnew = (
  { interruption, newest }: Continuity,
  { last }: Pick<DepthChain, "last">,
  delta: Decoded,
): boolean =>
  interruption !== undefined &&
  newest !== undefined &&
  last !== undefined &&
  delta.last < last &&
  timeOf(delta) - timeOf(newest) > resetMillis

/** Whether what was lost in an interruption is lost unseen: nothing in the next delta tells what came before it. */
export const losesUnseen = (
  { numbered }: Pick<DepthRule, "numbered">,
  { interruption }: Pick<Continuity, "interruption">,
): boolean => !numbered && interruption !== undefined

/** The chain of deltas broke before `delta`; a snapshot, if one can be had, makes the book whole again. */
export const onBroken = (
  continuity: Continuity,
  last: number,
  delta: Decoded,
  canSnapshot: boolean,
  findings: Findings,
): void => {
  const { stream, newest } = continuity
  const known = brokenBook(continuity)
  // Where sequences are shared by all symbols, the delta before this one ended at its `previous`.
  const end = delta.previous === noSequence ? delta.first - 1 : delta.previous
  const gap = makeGap(stream, {
    first: last + 1,
    cause: (known?.first === last + 1 ? known.cause : continuity.interruption) ?? "sequence",
    from: { sequence: last + 1, timestamp: newest === undefined ? undefined : timeOf(newest) },
    to: { sequence: end > last ? end : undefined, timestamp: timeOf(delta) },
    repair: canSnapshot ? "pending" : "none",
  })
  noteBookGap(continuity, gap)
  publish(findings, gap, delta.receivedAt)
}

/** A snapshot was published: the book is whole again. */
export const onResynced = (continuity: Continuity, snapshot: Decoded, findings: Findings): void => {
  const gap = brokenBook(continuity)
  if (gap === undefined) return
  if (isOpen(gap)) {
    const sequence = gap.from.sequence !== undefined && snapshot.last >= gap.first ? snapshot.last : undefined
    gap.to = { sequence, timestamp: timeOf(snapshot) }
  }
  gap.repair = "complete"
  gap.repairedBy = "resync"
  publish(findings, gap, snapshot.receivedAt)
}

/** A snapshot came that does not continue what was published: what happened between is missing, and the book is whole. */
export const onReplaced = (
  continuity: Continuity,
  last: number,
  snapshot: Decoded,
  findings: Findings,
): void => {
  const { stream, newest } = continuity
  const gap = makeGap(stream, {
    first: last + 1,
    cause: continuity.interruption ?? "sequence",
    from: { sequence: last + 1, timestamp: newest === undefined ? undefined : timeOf(newest) },
    to: { sequence: snapshot.last > last ? snapshot.last : undefined, timestamp: timeOf(snapshot) },
    repair: "pending",
  })
  noteBookGap(continuity, gap)
  publish(findings, gap, snapshot.receivedAt)
}
