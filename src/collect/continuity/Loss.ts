import type { Decoded } from "../../domain/Decoded.ts"
import {
  brokenBook,
  type Continuity,
  type Findings,
  firstOf,
  isOpen,
  noteBookGap,
  publish,
} from "./Continuity.ts"
import { type Gap, makeGap, timeOf } from "./Gap.ts"
import type { CanRepair } from "./Sequences.ts"

/*
 * Something of a stream is known to be missing, and nothing tells how much: its frames come and cannot be read, or REST
 * knows of what the stream does not bring. A numbered stream says it as a gap without an end. What comes next gives it
 * its end, under the same id: the numbers that are missing, or that none is.
 */

/** A gap of ids whose end is not known so far. */
const lossOf = ({ chain, timeGap }: Continuity): Gap | undefined =>
  chain === "ids" && timeGap !== undefined && isOpen(timeGap) ? timeGap : undefined

/**
 * Says that the stream is interrupted, where its numbers have not shown it yet: `last` is the sequence that its book
 * stands at, nothing where it is broken, or never began. What is said already is not said again.
 */
export const declareLoss = (
  continuity: Continuity,
  last: number | undefined,
  canRepair: CanRepair,
  noticedAt: number,
  findings: Findings,
): void => {
  const { chain, interruption: cause, newest, stream, timeGap } = continuity
  if (cause === undefined) return
  const isBook = chain === "book"
  const stands = isBook ? last : chain === "ids" ? continuity.ledger.highest : undefined
  if (isBook ? brokenBook(continuity) !== undefined : timeGap !== undefined && isOpen(timeGap)) return
  const timestamp = newest === undefined ? Math.floor(continuity.refusedAt ?? noticedAt) : timeOf(newest)
  const sequence = stands === undefined ? undefined : stands + 1
  const first = sequence ?? firstOf(continuity, timestamp)
  const repair = isBook || (sequence !== undefined && canRepair(stream)) ? "pending" : "none"
  say(continuity, { first, cause, from: { sequence, timestamp }, to: {}, repair }, noticedAt, findings)
}

const say = (
  continuity: Continuity,
  known: Parameters<typeof makeGap>[1],
  noticedAt: number,
  findings: Findings,
): void => {
  const gap = makeGap(continuity.stream, known)
  if (continuity.chain === "book") noteBookGap(continuity, gap)
  else continuity.timeGap = gap
  publish(findings, gap, noticedAt)
}

/** A gap of sequences begins where the one without an end does: it is the same one. Gives its revision. */
export const takeOver = (continuity: Continuity, first: number): number | undefined => {
  const gap = lossOf(continuity)
  if (gap?.first !== first) return undefined
  continuity.timeGap = undefined
  return gap.revision
}

/** A record of before the loss, which came late: it says nothing of its end. */
export const isBeforeLoss = (continuity: Continuity, { last }: Pick<Decoded, "last">): boolean => {
  const from = lossOf(continuity)?.from.sequence
  return from !== undefined && last < from
}

/** Records come again, and their numbers showed nothing that is missing. */
export const endLoss = (continuity: Continuity, record: Decoded, findings: Findings): void => {
  const gap = lossOf(continuity)
  if (gap !== undefined) end(gap, record, findings)
}

/** A book goes on right where it was said to be interrupted. */
export const endBookLoss = (continuity: Continuity, record: Decoded, findings: Findings): void => {
  const gap = brokenBook(continuity)
  if (gap !== undefined && isOpen(gap)) end(gap, record, findings)
}

const end = (gap: Gap, record: Decoded, findings: Findings): void => {
  gap.to = { timestamp: timeOf(record) }
  if (gap.from.sequence !== undefined) {
    gap.missing = 0
    gap.repair = "complete"
  } else if (gap.repair === "pending") gap.repair = "none"
  publish(findings, gap, record.receivedAt)
}
