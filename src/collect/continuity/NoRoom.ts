import { type Decoded, noSequence } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import {
  brokenBook,
  type Continuity,
  type Findings,
  type Newest,
  noteBookGap,
  publish,
  type SequenceGap,
  firstOf,
  isByTime,
  sizeWithin,
} from "./Continuity.ts"
import { makeGap, timeOf } from "./Gap.ts"
import { conclude, openGap } from "./Sequences.ts"

/** Records of one stream that had been taken for good, and then found no room in the journal. */
interface Episode {
  readonly continuity: Continuity
  /** The time of the last record that found room. */
  readonly after: number
  /** The sequences that it spans; `noSequence` where the stream's records have none. */
  first: number
  last: number
  /** The time of the last record that found none. */
  until: number
  /** Earlier gaps that had some of it: it came late, and is missing of them once more. */
  readonly earlier: Set<SequenceGap>
  /** Revisions that were said already, by the first sequence of their gap: of gaps that it had made whole. */
  readonly said: Map<number, number>
}

export interface NoRoomOptions {
  /** Whether what is missing can be asked for again: of nothing that is not collected any more. */
  readonly canRepair: (continuity: Continuity) => boolean
  /** A book's chain has a hole: its next delta needs a new snapshot. False where none can be had. */
  readonly breakChain: (continuity: Continuity) => boolean
  /** What is missing of a gap that is pending is to be asked for once more. */
  readonly askAgain: (gap: SequenceGap) => void
}

/**
 * The episodes of records that a full journal did not take because their channel is declared to give way. An episode
 * begins with the first that is lost and ends once there is room again, and then it is told: one gap of each stream.
 * Until then its ids are missing, so that they can be asked for again.
 */
export class NoRoom {
  private readonly episodes = new Map<Stream, Episode>()
  private readonly options: NoRoomOptions

  constructor(options: NoRoomOptions) {
    this.options = options
  }

  /** Whether there is something to tell. */
  get waits(): boolean {
    return this.episodes.size > 0
  }

  /** The record found no room; `before` is the last of the stream that was handed over earlier. */
  lost(continuity: Continuity, record: Decoded, before: Newest | undefined): void {
    const { chain, ledger, stream } = continuity
    if (!(chain === "book" && record.first === noSequence)) continuity.lost++
    let episode = this.episodes.get(stream)
    if (episode === undefined) {
      const after = timeOf(before ?? record)
      episode = {
        continuity,
        after,
        first: noSequence,
        last: noSequence,
        until: after,
        earlier: new Set(),
        said: new Map(),
      }
      this.episodes.set(stream, episode)
    }
    episode.until = timeOf(record)
    if (record.last === noSequence || chain === "none") return
    const first = record.first === noSequence ? record.last : record.first
    episode.first = episode.first === noSequence ? first : Math.min(episode.first, first)
    episode.last = Math.max(episode.last, record.last)
    if (chain !== "ids" && chain !== "klines") return
    if (!Number.isNaN(continuity.expected)) ledger.highest = continuity.expected - 1
    const range = { first, last: record.last }
    const back = Ledger.without(range, ledger.missing)
    for (const gap of continuity.gaps) {
      const size = sizeWithin(gap, back)
      if (size === 0) continue
      gap.left += size
      episode.earlier.add(gap)
    }
    for (const gap of continuity.whole) episode.said.set(gap.first, gap.revision)
    Ledger.takeBack(ledger, range)
  }

  /** There is room again: `taken` found it. Says what was lost meanwhile. */
  tell(taken: ReadonlyArray<Decoded>, noticedAt: number, findings: Findings): void {
    const resumed = new Map<Stream, number>()
    for (const record of taken)
      if (record.type !== "gap" && this.episodes.has(record.stream) && !resumed.has(record.stream))
        resumed.set(record.stream, timeOf(record))
    for (const [stream, episode] of this.episodes)
      this.tellOf(episode, resumed.get(stream), noticedAt, findings)
    this.episodes.clear()
  }

  private tellOf(
    episode: Episode,
    resumedAt: number | undefined,
    noticedAt: number,
    findings: Findings,
  ): void {
    const { after, continuity, first, last } = episode
    if (first === noSequence) return byTime(episode, resumedAt, noticedAt, findings)
    const from = { sequence: first, timestamp: after }
    if (continuity.chain !== "book") {
      this.tellEarlier(episode, noticedAt, findings)
      return this.tellMissing(episode, resumedAt, noticedAt, findings)
    }
    const pending = brokenBook(continuity) === undefined && this.options.breakChain(continuity)
    const gap = makeGap(continuity.stream, {
      first,
      cause: "overflow",
      from,
      to: { sequence: last, timestamp: resumedAt },
      repair: pending ? "pending" : "none",
    })
    noteBookGap(continuity, gap)
    publish(findings, gap, noticedAt)
  }

  /** What came late of earlier gaps and found no room is still theirs. */
  private tellEarlier({ continuity, earlier }: Episode, noticedAt: number, findings: Findings): void {
    for (const gap of earlier)
      if (!continuity.gaps.includes(gap)) continue
      else if (gap.repair === "pending") this.options.askAgain(gap)
      else conclude(continuity, gap, noticedAt, findings)
  }

  /**
   * What is missing and no other gap's: one gap, or several where others lie between, so that nothing is missing of
   * two. Another connection may have brought some of it meanwhile, or all.
   */
  private tellMissing(
    { after, continuity, first, last, said }: Episode,
    resumedAt: number | undefined,
    noticedAt: number,
    findings: Findings,
  ): void {
    for (const piece of Ledger.without({ first, last }, continuity.gaps)) {
      const missing = Ledger.missingWithin(continuity.ledger, piece)
      if (missing.length === 0) continue
      const range = { first: missing[0]!.first, last: missing.at(-1)!.last, missing }
      const from = { sequence: range.first, timestamp: after }
      const hole = { cause: "overflow", range, from, until: resumedAt, said: said.get(range.first) } as const
      openGap(continuity, hole, () => this.options.canRepair(continuity), noticedAt, findings)
    }
  }
}

/** Without the next record of the stream the gap stays open until there is one. */
const byTime = (
  { after, continuity, until }: Episode,
  resumedAt: number | undefined,
  noticedAt: number,
  findings: Findings,
): void => {
  const { interruption, stream, timeGap } = continuity
  const first = firstOf(continuity, after)
  const isOpen = resumedAt === undefined && interruption === undefined && isByTime(continuity)
  const to = isOpen ? {} : { timestamp: resumedAt ?? until }
  const from = { timestamp: after }
  const gap =
    timeGap?.first === first
      ? timeGap
      : makeGap(stream, { first, cause: "overflow", from, to, repair: "none" })
  gap.to = to
  publish(findings, gap, noticedAt)
  if (!isOpen) return
  continuity.timeGap = gap
  continuity.interruption = "overflow"
  continuity.expected = Number.NaN
}
