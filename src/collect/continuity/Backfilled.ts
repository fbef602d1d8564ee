import type { Decoded } from "../../domain/Decoded.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import type { Backfill } from "../Inlet.ts"
import type { Continuity, Findings } from "./Continuity.ts"
import { conclude } from "./Sequences.ts"

/** Records that were asked for again: gives those that are still missing, and says what came of the gap. */
export const onBackfill = (
  continuity: Continuity,
  backfill: Backfill,
  findings: Findings,
): ReadonlyArray<Decoded> => {
  const { backfillOf: gap, records, holes, done, at } = backfill
  const take = (range: Ledger.Range): boolean => {
    const filled = Ledger.abandon(continuity.ledger, range)
    for (const part of filled) gap.left -= Ledger.sizeOf(part)
    if (filled.length > 0) gap.repairedBy = "rest"
    return filled.length > 0
  }
  const fresh = records.filter(take)
  gap.repaired += fresh.length
  findings.duplicates += records.length - fresh.length
  for (const hole of holes) take(hole)
  if (done || gap.left === 0) conclude(continuity, gap, at, findings)
  return fresh
}
