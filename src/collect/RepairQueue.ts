import type { SequenceGap } from "./continuity/Continuity.ts"

/** Gaps that may wait; for one that is found beyond, the oldest is given up. */
export const maxGaps = 1_000
/** Records that are only out of order come by themselves meanwhile. */
const settleMillis = 250

/** A gap whose records are asked for. */
export interface Repair {
  readonly gap: SequenceGap
  /** Everything before it was asked for. */
  next: number
  /** Which of the venue's ways is tried: those before were refused. */
  way: number
  tries: number
  /** `undefined`: so long after it is first looked at as records out of order take. */
  dueAt: number | undefined
  busy: boolean
}

/** The gaps of a venue that wait for their turn. `isOpen`: whether asking is of any use; one that is not leaves. */
export const makeRepairQueue = (isOpen: (gap: SequenceGap) => boolean) => {
  /** Oldest first. */
  const waiting: Array<Repair> = []
  /** Newer ones took their place: of these the last word is still to be said. */
  const leaving: Array<Repair> = []

  return {
    /** From its beginning, also when it waits already. */
    add: (gap: SequenceGap, next: number): void => {
      const known = waiting.find((repair) => repair.gap === gap)
      if (known !== undefined) {
        known.next = next
        known.tries = 0
        return
      }
      waiting.push({ gap, next, way: 0, tries: 0, dueAt: undefined, busy: false })
      const oldest = waiting.length > maxGaps ? waiting.findIndex(({ busy }) => !busy) : -1
      if (oldest >= 0) leaving.push(...waiting.splice(oldest, 1))
    },
    remove: (repair: Repair): void => {
      const index = waiting.indexOf(repair)
      if (index >= 0) waiting.splice(index, 1)
    },
    putBack: (repair: Repair): void => {
      if (!waiting.includes(repair)) waiting.unshift(repair)
    },
    /** The newest gap that is due; else how long until one is. */
    pick: (now: number): Repair | number => {
      let wait = Infinity
      for (let index = waiting.length - 1; index >= 0; index--) {
        const repair = waiting[index]!
        if (repair.busy) continue
        if (!isOpen(repair.gap)) {
          waiting.splice(index, 1)
          continue
        }
        repair.dueAt ??= now + settleMillis
        if (repair.dueAt <= now) return repair
        wait = Math.min(wait, repair.dueAt - now)
      }
      return wait
    },
    /** Nothing of it is in hand any more. */
    release: (): void => {
      for (const repair of waiting) repair.busy = false
    },
    leaving,
  }
}
