import type { Decoded } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import type { GapState } from "../../../services/ContinuityHistory.ts"
import { type Gap, type GapCause, nextRevision } from "./Gap.ts"
import { stateOf } from "./GapState.ts"
import { Outgoing } from "./Outgoing.ts"
import { isNew, makeRecent, type Recent } from "./Recent.ts"

/** A gap of sequences, while some of them may still come. */
export interface SequenceGap extends Gap {
  readonly last: number
  /** Of its sequences, as the ledger counts them. */
  left: number
  readonly size: number
}

export const isSequenceGap = (gap: Gap): gap is SequenceGap => "left" in gap

/** How much of the ranges, which are apart from each other, is the gap's. */
export const sizeWithin = (gap: SequenceGap, ranges: ReadonlyArray<Ledger.Range>): number => {
  let size = 0
  for (const range of ranges) {
    const part = Ledger.overlap(gap, range)
    if (part !== undefined) size += Ledger.sizeOf(part)
  }
  return size
}

/** How a stream shows that something is missing. */
export type Chain =
  /** Ids that follow each other: trades. */
  | "ids"
  /** Closed klines follow each other; open ones come as they like. */
  | "klines"
  /** Deltas of a book: their chain is judged by the venue's rule. */
  | "book"
  /** Nothing shows it: best prices, tickers, partial books, what is `unnumbered`. */
  | "none"

/** Of a record what is asked for later; the record itself would keep the bytes of its neighbours in memory. */
export interface Newest {
  timestamp: number
  receivedAt: number
  last: number
}

/** What is known of one stream's completeness. Changed in place by the stream's actor alone. */
export interface Continuity {
  readonly stream: Stream
  readonly chain: Chain
  readonly ledger: Ledger.Ledger
  /**
   * A record with this first sequence follows the one before, and nothing else is to be looked at; `NaN` when there is.
   * A number always, so that advancing it allocates nothing.
   */
  expected: number
  /** The first of a chain of ids that came; what is below came before the collection, or comes late. */
  lowest: number
  /** What is left of the newest record in the order of the stream. */
  newest: Newest | undefined
  /** The batch that is at work when it last got a record, and the newest record before that batch. */
  batch: number
  before: Newest | undefined
  /** The connection was interrupted since the newest record, and why. */
  interruption: GapCause | undefined
  /** When the first of its frames came that could not be read since the newest record; `undefined`: none did. */
  refusedAt: number | undefined
  /** An interruption is not over before this time of receipt: losses that follow each other closely are one. 0: none such. */
  episodeEnds: number
  /**
   * Sequence gaps that may still be filled, oldest first. No sequence is in two of them: what is missing belongs to
   * exactly one gap.
   */
  readonly gaps: Array<SequenceGap>
  /** Gaps that the message at work has made whole. Should the journal not take what did it, they are not. */
  readonly whole: Array<SequenceGap>
  /** The last gap of a book: pending while its chain waits for a snapshot. Its id may be taken up again. */
  bookGap: Gap | undefined
  /** States of those before it, by where they began: a book of before, told once more, breaks where it broke then. */
  earlierBookGaps: Map<number, number> | undefined
  /**
   * The last gap by time: open while its `to` is empty. Of ids one whose end is not known so far: it goes on under the
   * same id as a gap of sequences.
   */
  timeGap: Gap | undefined
  readonly recent: Recent
  /** Of the stream's records: those that had come before, and snapshots that were asked for. */
  duplicates: number
  snapshots: number
  /** Records that found no room in the journal. */
  lost: number
  /** Of a chain of ids: the highest that gave way to overload. Above all that came, until something shows it; `NaN`: none. */
  overflown: number
}

const chainOf = ({ dataType, unnumbered }: Stream): Chain => {
  if (dataType.type === "trade") return unnumbered === true ? "none" : "ids"
  if (dataType.type === "kline") return unnumbered === true ? "none" : "klines"
  return dataType.type === "depth" && dataType.levels === undefined ? "book" : "none"
}

export const makeContinuity = (stream: Stream): Continuity => ({
  stream,
  chain: chainOf(stream),
  ledger: Ledger.make(),
  expected: Number.NaN,
  lowest: Number.NaN,
  newest: undefined,
  batch: 0,
  before: undefined,
  interruption: undefined,
  refusedAt: undefined,
  episodeEnds: 0,
  gaps: [],
  whole: [],
  bookGap: undefined,
  earlierBookGaps: undefined,
  timeGap: undefined,
  recent: makeRecent(),
  duplicates: 0,
  snapshots: 0,
  lost: 0,
  overflown: Number.NaN,
})

/** The stream has come to this record. */
export const advance = (continuity: Continuity, { timestamp, receivedAt, last }: Decoded): void => {
  const { newest } = continuity
  if (newest === undefined) {
    continuity.newest = { timestamp, receivedAt, last }
    return
  }
  newest.timestamp = timestamp
  newest.receivedAt = receivedAt
  newest.last = last
}

/** The gap of a book whose chain is broken. */
export const brokenBook = ({ bookGap }: Continuity): Gap | undefined =>
  bookGap?.repair === "pending" ? bookGap : undefined

/** Streams whose missing records cannot be told by a sequence. */
export const isByTime = ({ chain }: Continuity): boolean => chain === "none" || chain === "klines"

/**
 * The first that is missing of a gap by time: the time of the last record. A kline stream's is never a whole second, so
 * that it cannot be taken for a kline's open time.
 */
export const firstOf = (continuity: Continuity, last: number): number =>
  continuity.chain === "klines" && last % 1000 === 0 ? last + 1 : last

/** Nothing says so far where it ends. */
export const isOpen = ({ to }: Gap): boolean => to.sequence === undefined && to.timestamp === undefined

/** Gaps of a book whose states are still counted, besides the last one. */
const earlierGaps = 32

/** A book's new gap. One that begins where an earlier one did is the same gap once more: its states go on being counted. */
export const noteBookGap = (continuity: Continuity, gap: Gap): void => {
  const { bookGap } = continuity
  const isLast = bookGap?.first === gap.first
  if (!isLast && gap.repair !== "pending" && brokenBook(continuity) !== undefined) return
  if (bookGap !== undefined) {
    const earlierBookGaps = (continuity.earlierBookGaps ??= new Map())
    earlierBookGaps.delete(bookGap.first)
    earlierBookGaps.set(bookGap.first, bookGap.revision)
    if (earlierBookGaps.size > earlierGaps) earlierBookGaps.delete(earlierBookGaps.keys().next().value!)
  }
  gap.revision = Math.max(gap.revision, continuity.earlierBookGaps?.get(gap.first) ?? 0)
  continuity.bookGap = gap
}

/** What a batch gives: records to be published in order, gaps among them, and what is to be counted. */
export interface Findings {
  readonly out: Outgoing
  /** Gaps that were opened, by this batch. */
  readonly opened: Array<Gap>
  /** Gaps of sequences that go on under the id of one that was said before. */
  readonly resumed: Array<Gap>
  /** Records of gaps in `out`. */
  states: number
  /** The same for the history. */
  readonly said: Array<GapState>
  duplicates: number
}

/** `came`: the records of the batch, where it is of records. */
export const makeFindings = (came?: ReadonlyArray<Decoded>): Findings => ({
  out: new Outgoing(came),
  opened: [],
  resumed: [],
  states: 0,
  said: [],
  duplicates: 0,
})

/** Publishes the state that a gap has now. */
export const publish = (findings: Findings, gap: Gap, noticedAt: number): void => {
  if (gap.revision === 0) findings.opened.push(gap)
  findings.out.push(nextRevision(gap, noticedAt))
  findings.states++
  findings.said.push(stateOf(gap, noticedAt))
}

export const duplicate = (continuity: Continuity, findings: Findings): void => {
  continuity.duplicates++
  findings.duplicates++
}

/** A stream without a chain: whether this is no duplicate. */
export const isFirst = (continuity: Continuity, record: Decoded, findings: Findings): boolean => {
  if (isNew(continuity.recent, record)) return true
  duplicate(continuity, findings)
  return false
}
