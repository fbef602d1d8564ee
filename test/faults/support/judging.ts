import type { Judgement } from "./oracle.ts"
import type { Judge, Limit } from "./goal.ts"

export interface Expected {
  readonly duplicates?: Limit
  /** Events that a gap may name: none unless given. */
  readonly named?: Limit
  /** Gaps that are still being repaired: none unless given. */
  readonly pending?: Limit
  readonly prefix?: string
}

/** Judges what an oracle found: nothing lost, corrupt, made up or out of order, and no more twice than may be. */
export const judgeOracle = (
  judge: Judge,
  found: Judgement,
  {
    duplicates = { exactly: 0 },
    named = { exactly: 0 },
    pending = { exactly: 0 },
    prefix = "",
  }: Expected = {},
): void => {
  const none = { exactly: 0 }
  judge.count(`${prefix}records`, found.records, { atLeast: 1 })
  judge.count(`${prefix}lost`, found.lost, none)
  judge.count(`${prefix}named`, found.named, named)
  judge.count(`${prefix}corrupt`, found.corrupt, none)
  judge.count(`${prefix}madeUp`, found.madeUp, none)
  judge.count(`${prefix}disordered`, found.disordered, none)
  judge.count(`${prefix}duplicates`, found.duplicates, duplicates)
  judge.count(`${prefix}gaps`, found.gaps)
  judge.count(`${prefix}gaps pending`, found.pending, pending)
  judge.count(`${prefix}repaired`, found.repaired)
  judge.state(`${prefix}what the oracle saw`, found.examples.length === 0, found.examples.join(" | "))
}
