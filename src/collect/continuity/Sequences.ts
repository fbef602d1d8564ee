import { type Decoded, noSequence, type Skipped } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import { countKlines, openOf } from "../../domain/KlineTime.ts"
import {
  advance,
  type Continuity,
  duplicate,
  type Findings,
  isFirst,
  publish,
  type SequenceGap,
  sizeWithin,
} from "./Continuity.ts"
import { type Edge, type GapCause, makeGap, resetMillis, timeOf } from "./Gap.ts"
import { resume } from "./Interruption.ts"
import { takeOver } from "./Loss.ts"

/** What stands in a chain: a record, or what was skipped. */
type Link = Pick<Decoded, "first" | "last" | "timestamp" | "receivedAt">

/** Whether what is missing of a stream can be asked for again. */
export type CanRepair = (stream: Stream) => boolean

/** A number below the highest is a duplicate, unless it is so far below, or so much later, that the counting began anew. */
const resetDistance = 10_000

const missingOf = ({ dataType }: Stream, { first, last }: Ledger.Range): number =>
  dataType.interval === undefined ? last - first + 1 : countKlines(dataType.interval, first, last)

/** The last that is missing, as the gap names it: of klines their open time. */
const lastSequenceOf = ({ dataType }: Stream, { last }: Ledger.Range): number =>
  dataType.interval === undefined ? last : openOf(dataType.interval, last)

/** What is missing, and what is known of its surroundings. */
export interface Hole {
  readonly cause: GapCause
  /** `missing` are the parts of it that are: all of it unless given. */
  readonly range: Ledger.Range & { readonly missing?: ReadonlyArray<Ledger.Range> }
  readonly from: Edge
  /** The time of the first record after it. */
  readonly until: number | undefined
  /** The revision that was said last under its id, where one was: of a gap without an end, or one that was whole for a moment. */
  readonly said?: number | undefined
}

/** What is missing for so long, and is not asked for, does not come by itself any more. */
export const lateMillis = 600_000

/** Of gaps whose last word was said long ago nothing is kept: what still came of one would count as a duplicate. */
const outgrow = ({ gaps, ledger }: Continuity, now: number): void => {
  for (let index = gaps.length - 1; index >= 0; index--) {
    const gap = gaps[index]!
    if (gap.repair === "pending" || (gap.to.timestamp ?? now) > now - lateMillis) continue
    gaps.splice(index, 1)
    Ledger.abandon(ledger, gap)
  }
}

/** Opens a gap of sequences, and publishes it. */
export const openGap = (
  continuity: Continuity,
  { cause, from, range, until, said }: Hole,
  canRepair: CanRepair,
  noticedAt: number,
  findings: Findings,
): void => {
  const { stream } = continuity
  const { first, last, missing = [range] } = range
  const sum = (count: (part: Ledger.Range) => number) => missing.reduce((all, part) => all + count(part), 0)
  const size = sum(Ledger.sizeOf)
  if (until !== undefined) outgrow(continuity, until)
  const gap: SequenceGap = {
    ...makeGap(stream, {
      first,
      cause,
      from,
      to: { sequence: lastSequenceOf(stream, range), timestamp: until },
      missing: sum((part) => missingOf(stream, part)),
      repair: canRepair(stream) ? "pending" : "none",
    }),
    last,
    left: size,
    size,
  }
  continuity.gaps.push(gap)
  if (said !== undefined) {
    gap.revision = said
    findings.resumed.push(gap)
  }
  publish(findings, gap, noticedAt)
}

const open = (
  continuity: Continuity,
  range: Ledger.Range,
  link: Link,
  canRepair: CanRepair,
  findings: Findings,
): void => {
  const { newest } = continuity
  const from = { sequence: range.first, timestamp: newest === undefined ? undefined : timeOf(newest) }
  const cause = continuity.interruption ?? "sequence"
  const said = takeOver(continuity, range.first)
  openGap(continuity, { cause, range, from, until: timeOf(link), said }, canRepair, link.receivedAt, findings)
}

/** Says what came of a gap, where that is not said yet. One that is whole, or `given up`, is not waited for any more. */
export const conclude = (
  continuity: Continuity,
  gap: SequenceGap,
  noticedAt: number,
  findings: Findings,
  givenUp = false,
): void => {
  const index = givenUp || gap.left === 0 ? continuity.gaps.indexOf(gap) : -1
  if (index >= 0) continuity.gaps.splice(index, 1)
  if (gap.left === 0) continuity.whole.push(gap)
  const repair = gap.left === 0 ? "complete" : gap.left < gap.size ? "partial" : "none"
  if (repair === gap.repair) return
  gap.repair = repair
  publish(findings, gap, noticedAt)
}

/** Parts of gaps came after all. */
const fill = (
  continuity: Continuity,
  filled: ReadonlyArray<Ledger.Range>,
  noticedAt: number,
  findings: Findings,
): void => {
  if (filled.length === 0) return
  // Those that are whole leave the list.
  for (const gap of continuity.gaps.slice()) {
    const came = sizeWithin(gap, filled)
    if (came === 0) continue
    gap.left -= came
    if (gap.left === 0 || gap.repair === "none") conclude(continuity, gap, noticedAt, findings)
  }
}

const forget = (
  continuity: Continuity,
  forgotten: ReadonlyArray<Ledger.Range>,
  noticedAt: number,
  findings: Findings,
): void => {
  for (const gap of continuity.gaps.slice())
    if (sizeWithin(gap, forgotten) > 0 && sizeWithin(gap, continuity.ledger.missing) === 0)
      conclude(continuity, gap, noticedAt, findings, true)
}

/** What comes before the record itself. */
const before = (
  continuity: Continuity,
  observed: Ledger.Observation,
  link: Link,
  canRepair: CanRepair,
  findings: Findings,
): void => {
  if (observed.gap !== undefined) open(continuity, observed.gap, link, canRepair, findings)
  if (observed.forgotten.length > 0) forget(continuity, observed.forgotten, link.receivedAt, findings)
}

/**
 * Whether a number that is not above all others belongs to a new count: it is later than all that came, and below the
 * first, or far below the last.
 */
const isReset = (continuity: Continuity, link: Link): boolean => {
  const { newest, lowest } = continuity
  if (newest === undefined) return false
  const later = timeOf(link) - timeOf(newest)
  if (later > 0 && link.last < lowest) return true
  return later > resetMillis || (later > 0 && newest.last - link.last > resetDistance)
}

/** The exchange counts anew: what was missing stays so, and what came in between nobody can tell. */
const reset = (continuity: Continuity, link: Link, findings: Findings): void => {
  const { stream, newest, ledger } = continuity
  const first = newest!.last + 1
  for (const gap of continuity.gaps.splice(0)) conclude(continuity, gap, link.receivedAt, findings)
  Ledger.restart(ledger)
  continuity.lowest = link.first
  continuity.overflown = Number.NaN
  Ledger.observe(ledger, link.first, link.last)
  const gap = makeGap(stream, {
    first,
    cause: continuity.interruption ?? "sequence",
    from: { sequence: first, timestamp: timeOf(newest!) },
    to: { timestamp: timeOf(link) },
    repair: "none",
  })
  gap.revision = takeOver(continuity, first) ?? 0
  publish(findings, gap, link.receivedAt)
}

/** The stream began out of order: what lies between this and its first is missing, or still to come. */
const begin = (continuity: Continuity, link: Link): Ledger.Observation => {
  const { ledger, lowest } = continuity
  const between = { first: link.last + 1, last: lowest - 1 }
  const gap = between.first <= between.last ? between : undefined
  if (gap !== undefined) ledger.missing.unshift(gap)
  continuity.lowest = link.first
  return { fresh: [{ first: link.first, last: link.last }], gap, filled: [], forgotten: [] }
}

/** Notes sequences of a chain of ids and opens the gap before them; `undefined`: all of them came before. */
const note = (
  continuity: Continuity,
  link: Link,
  canRepair: CanRepair,
  findings: Findings,
): Ledger.Observation | undefined => {
  const { ledger } = continuity
  if (!Number.isNaN(continuity.expected)) ledger.highest = continuity.expected - 1
  if (Number.isNaN(continuity.lowest)) continuity.lowest = link.first
  const early = link.last < continuity.lowest && !isReset(continuity, link)
  const observed = early ? begin(continuity, link) : Ledger.observe(ledger, link.first, link.last)
  if (observed.fresh.length > 0) before(continuity, observed, link, canRepair, findings)
  else if (isReset(continuity, link)) reset(continuity, link, findings)
  else return undefined
  return observed
}

/** Everything up to a number should have come by this time. Nothing where that is so, or where it is none. */
export const missUpTo = (
  continuity: Continuity,
  last: number,
  at: number,
  canRepair: CanRepair,
  findings: Findings,
): void => {
  const { ledger } = continuity
  if (!Number.isNaN(continuity.expected)) ledger.highest = continuity.expected - 1
  if (!(last > (ledger.highest ?? last))) return
  const link = { first: last + 1, last: last + 1, timestamp: Math.floor(at), receivedAt: at }
  before(continuity, Ledger.expect(ledger, last + 1), link, canRepair, findings)
}

const go = (continuity: Continuity): void => {
  if (continuity.interruption === undefined) continuity.expected = continuity.ledger.highest! + 1
}

/** A trade that does not simply follow. */
export const onTrade = (
  continuity: Continuity,
  record: Decoded,
  canRepair: CanRepair,
  findings: Findings,
): void => {
  const observed = note(continuity, record, canRepair, findings)
  if (observed === undefined) duplicate(continuity, findings)
  else {
    findings.out.push(record)
    if (record.last === continuity.ledger.highest) advance(continuity, record)
    resume(continuity, record, findings)
    fill(continuity, observed.filled, record.receivedAt, findings)
  }
  go(continuity)
}

/** A message that is no record took a place in the chain. */
export const onSkipped = (
  continuity: Continuity,
  skipped: Skipped,
  canRepair: CanRepair,
  findings: Findings,
): void => {
  const observed = note(continuity, skipped, canRepair, findings)
  if (observed !== undefined) fill(continuity, observed.filled, skipped.receivedAt, findings)
  go(continuity)
}

/** An open kline says that those before it are closed; a closed one is one of the chain. */
export const onKline = (
  continuity: Continuity,
  record: Decoded,
  canRepair: CanRepair,
  findings: Findings,
): void => {
  const { ledger } = continuity
  const closed = record.last !== noSequence
  if (!closed && !isFirst(continuity, record, findings)) return
  const observed = closed
    ? Ledger.observe(ledger, record.first, record.last)
    : Ledger.expect(ledger, record.first)
  if (closed && observed.fresh.length === 0) {
    duplicate(continuity, findings)
    return
  }
  before(continuity, observed, record, canRepair, findings)
  resume(continuity, record, findings)
  advance(continuity, record)
  findings.out.push(record)
  fill(continuity, observed.filled, record.receivedAt, findings)
}
