import { noSequence } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import { type Continuity, makeContinuity, type SequenceGap } from "./Continuity.ts"
import { type Edge, type Gap, timeOf } from "./Gap.ts"
import { type BookMark, type GapMark, nameOf, type StreamMark } from "./Mark.ts"
import { lastKeys, newestKey, recentOf } from "./Recent.ts"

/**
 * Keys of a stream without a chain that a checkpoint holds. An exchange repeats its latest state to whoever connects
 * anew, and nothing older.
 */
export const markedKeys = 16

const defined = <A extends object>(value: A) =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [Key in keyof A]: Exclude<A[Key], undefined>
  }

const sequenceGapMark = (gap: SequenceGap): GapMark => ({ ...gapMark(gap), size: gap.size })

const gapMark = ({ first, cause, from, to, missing, repair, repaired, repairedBy, revision }: Gap): GapMark =>
  defined({
    first,
    cause,
    from: defined(from),
    to: defined(to),
    missing,
    repair,
    repaired,
    repairedBy,
    revision,
  })

const isPending = (gap: Gap): boolean => gap.repair === "pending"

/** Where its numbers have come to; `undefined` before the first. */
const highestOf = ({ expected, ledger }: Continuity): number | undefined =>
  Number.isNaN(expected) ? ledger.highest : expected - 1

/** A stream's continuity as plain data. Of what is missing it holds what is still to be repaired. */
export const markOf = (continuity: Continuity, book: BookMark | undefined): StreamMark => {
  const { stream, newest, lowest, ledger, recent } = continuity
  const gaps = continuity.gaps.filter(isPending)
  return defined({
    stream: nameOf(stream),
    newest: newest && { timestamp: timeOf(newest), receivedAt: newest.receivedAt },
    lowest: Number.isNaN(lowest) ? undefined : lowest,
    highest: highestOf(continuity),
    missing: ledger.missing
      .flatMap((range) => gaps.flatMap((gap) => Ledger.overlap(gap, range) ?? []))
      .toSorted((left, right) => left.first - right.first)
      .map(({ first, last: to }) => [first, to] as const),
    gaps: gaps.map(sequenceGapMark),
    book,
    bookGap: continuity.bookGap && gapMark(continuity.bookGap),
    timeGap: continuity.timeGap && gapMark(continuity.timeGap),
    recent:
      recent.numbers.length === 0
        ? undefined
        : { newest: newestKey(recent), keys: lastKeys(recent, markedKeys) },
  })
}

const edgeOf = ({ sequence, timestamp }: GapMark["from"]): Edge => ({ sequence, timestamp })

const gapOf = (stream: Stream, mark: GapMark): Gap => ({
  stream,
  first: mark.first,
  cause: mark.cause,
  from: edgeOf(mark.from),
  to: edgeOf(mark.to),
  missing: mark.missing,
  repair: mark.repair,
  repaired: mark.repaired,
  repairedBy: mark.repairedBy,
  revision: mark.revision,
})

const sequenceGapOf = (stream: Stream, mark: GapMark, missing: ReadonlyArray<Ledger.Range>): SequenceGap => {
  const { interval } = stream.dataType
  const to = mark.to.sequence ?? mark.first
  const last = interval === undefined ? to : nextOpenTime(interval, to) - 1
  const within = missing.flatMap((range) => Ledger.overlap({ first: mark.first, last }, range) ?? [])
  return {
    ...gapOf(stream, mark),
    last,
    left: within.reduce((sum, range) => sum + Ledger.sizeOf(range), 0),
    size: mark.size ?? Ledger.sizeOf({ first: mark.first, last }),
  }
}

/** The continuity of a stream as it was when it was marked. A gap that is open says why the stream is interrupted. */
export const continuityOf = (stream: Stream, mark: StreamMark): Continuity => {
  const made = makeContinuity(stream)
  const missing = mark.missing.map(([first, last]) => ({ first, last }))
  made.ledger.highest = mark.highest
  made.ledger.missing.push(...missing)
  made.gaps.push(...mark.gaps.map((gap) => sequenceGapOf(stream, gap, missing)))
  const timeGap = mark.timeGap && gapOf(stream, mark.timeGap)
  return {
    ...made,
    lowest: mark.lowest ?? Number.NaN,
    newest: mark.newest && { ...mark.newest, last: mark.highest ?? noSequence },
    interruption: timeGap?.to.timestamp === undefined ? timeGap?.cause : undefined,
    bookGap: mark.bookGap && gapOf(stream, mark.bookGap),
    timeGap,
    ...(mark.recent === undefined ? {} : { recent: recentOf(mark.recent.newest, mark.recent.keys) }),
  }
}
