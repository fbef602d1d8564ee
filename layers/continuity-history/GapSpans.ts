import type { GapHistory, GapState } from "../../services/ContinuityHistory.ts"

/** When a gap begins: the time of the last record before, or when it was noticed. Stays the same with every state. */
export const beganOf = ({ at, from, to }: GapState): number =>
  from.timestamp ?? Math.min(to.timestamp ?? Infinity, Math.floor(at))

/** The end of one that is open. Larger than any time, and still a whole number that every store keeps. */
export const neverEnds = Number.MAX_SAFE_INTEGER

/** When it ends, above its begin: events of one millisecond may miss one between them. */
export const endOf = (state: GapState, began: number): number =>
  state.to.timestamp === undefined ? neverEnds : Math.max(began + 1, state.to.timestamp)

/** An open gap has lasted until now. */
export const endBy = (ends: number, began: number, now: number): number =>
  ends === neverEnds ? Math.max(began + 1, now) : ends

/** Which gap it is: the same sequences may be missing once more when an exchange counts anew. */
export const anchorOf = ({ from }: GapState): number => from.timestamp ?? 0

const edge = (sequence: number | null | undefined, timestamp: number | null | undefined) => ({
  ...(sequence === null || sequence === undefined ? {} : { sequence }),
  ...(timestamp === null || timestamp === undefined ? {} : { timestamp }),
})

/** A gap as it is shown: what is not known is not there. */
export const historyOf = (
  gap: Pick<GapState, "id" | "cause" | "repaired" | "repair"> & {
    readonly stream: string
    readonly fromSequence?: number | null | undefined
    readonly fromTime?: number | null | undefined
    readonly toSequence?: number | null | undefined
    readonly toTime?: number | null | undefined
    readonly missing?: number | null | undefined
    readonly left?: number | null | undefined
    readonly repairedBy?: GapState["repairedBy"] | null
  },
  revisions: GapHistory["revisions"],
): GapHistory => ({
  id: gap.id,
  stream: gap.stream,
  cause: gap.cause,
  from: edge(gap.fromSequence, gap.fromTime),
  to: edge(gap.toSequence, gap.toTime),
  ...(gap.missing === null || gap.missing === undefined ? {} : { missing: gap.missing }),
  ...(gap.left === null || gap.left === undefined ? {} : { left: gap.left }),
  repaired: gap.repaired,
  repair: gap.repair,
  ...(gap.repairedBy === null || gap.repairedBy === undefined ? {} : { repairedBy: gap.repairedBy }),
  revisions,
})
