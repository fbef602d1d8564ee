import type { Decoded } from "../../domain/Decoded.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import type { Backfill } from "../Inlet.ts"
import { type Continuity, type Findings, type SequenceGap, sizeWithin } from "./Continuity.ts"
import { conclude } from "./Sequences.ts"

/** Whose the ranges are: `left` goes down, or up again, by so much of each gap that has some of them. */
const account = (continuity: Continuity, ranges: ReadonlyArray<Ledger.Range>, sign: 1 | -1): void => {
  for (const gap of continuity.gaps) gap.left += sign * sizeWithin(gap, ranges)
}

/** Records that were asked for again: gives those that are still missing. */
export const takeBackfilled = (
  continuity: Continuity,
  backfill: Backfill,
  findings: Findings,
): ReadonlyArray<Decoded> => {
  const { backfillOf: gap, records, holes } = backfill
  const take = (range: Ledger.Range): boolean => {
    const filled = Ledger.abandon(continuity.ledger, range)
    account(continuity, filled, -1)
    if (filled.length > 0) gap.repairedBy = "rest"
    return filled.length > 0
  }
  const fresh = records.filter(take)
  gap.repaired += fresh.length
  findings.duplicates += records.length - fresh.length
  for (const hole of holes) take(hole)
  return fresh
}

/** They found no room in the journal: they are missing once more. */
export const giveBack = (continuity: Continuity, gap: SequenceGap, records: ReadonlyArray<Decoded>): void => {
  for (const { first, last } of records) {
    account(continuity, Ledger.without({ first, last }, continuity.ledger.missing), 1)
    Ledger.takeBack(continuity.ledger, { first, last })
  }
  gap.repaired -= records.length
  if (gap.left === gap.size) gap.repairedBy = undefined
}

/** Says what came of the gap. */
export const concludeBackfill = (
  continuity: Continuity,
  { at, backfillOf: gap, done }: Backfill,
  findings: Findings,
): void => {
  if (done || gap.left === 0) conclude(continuity, gap, at, findings)
}
