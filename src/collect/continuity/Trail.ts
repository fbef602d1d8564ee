import { noSequence } from "../../domain/Decoded.ts"
import type { Envelope } from "../../domain/Envelope.ts"
import type { Stream } from "../../domain/Stream.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import {
  type Continuity,
  isOpen,
  noteBookGap,
  type Newest,
  type SequenceGap,
  sizeWithin,
} from "./Continuity.ts"
import type { Gap } from "./Gap.ts"
import { readGap } from "./GapText.ts"
import type { BookMark } from "./Mark.ts"
import { remember } from "./Recent.ts"
import { WrittenRecord } from "../../domain/WrittenRecord.ts"

type Mutable<A> = { -readonly [Key in keyof A]: A[Key] }

/**
 * A stream's continuity as its accepted records show it: the same state that its actor has, but without what is still
 * on the way to the journal. It reads a record's key and times, and no more; of gaps their records.
 */
export interface Trail {
  readonly continuity: Continuity
  /**
   * `continuity.newest` from the first record on: its times, changed in place, so that a record costs no object. Its
   * number is the highest of the ledger.
   */
  readonly newest: Mutable<Newest>
  /** How much of a key stands before its number: `agg:`, `1m:`. */
  readonly prefix: number
  /** The key of a book's last record, while its chain is whole. */
  bookKey: string | undefined
  /** That record, while a batch is noted: one key is read for all of it. */
  bookRecord: Envelope | undefined
  /**
   * Numbers that did not come and that no gap has named: no records by design, a time in which nobody subscribed the
   * stream, or an overflow, which is named when it is over. The newest `maxRanges` of them.
   */
  holes: Ledger.Ledger
}

/** Ranges of `holes` at most, about 9 KB: as many parts of a stream may find no room in one episode and be told exactly. */
export const maxHoles = 256

export const prefixOf = ({ dataType: { aggregate, interval } }: Stream): number =>
  interval === undefined ? (aggregate === true ? 4 : 0) : interval.length + 1

/** `holes`: how many are kept. */
export const makeTrail = (continuity: Continuity, holes: number): Trail => ({
  continuity,
  newest: { timestamp: Number.NaN, receivedAt: Number.NaN, last: noSequence, ...continuity.newest },
  prefix: prefixOf(continuity.stream),
  bookKey: undefined,
  bookRecord: undefined,
  holes: Ledger.make(holes),
})

const zero = 48
const nine = 57

/** The number that a key has from `at` on; `NaN` where there is none. */
export const numberAt = (key: string, at: number): number => {
  let number = 0
  let index = at
  for (; index < key.length; index++) {
    const code = key.charCodeAt(index)
    if (code < zero || code > nine) break
    number = number * 10 + code - zero
  }
  return index === at || number > Number.MAX_SAFE_INTEGER ? Number.NaN : number
}

/**
 * An accepted record, or the state of a gap. In order. `books` are those whose key is to be read when the batch is noted.
 */
export const note = (trail: Trail, envelope: Envelope, books: Array<Trail>): void => {
  if (envelope.type === "gap") return noteGap(trail, envelope)
  switch (trail.continuity.chain) {
    case "ids":
      return noteId(trail, envelope)
    case "klines":
      return noteKline(trail, envelope)
    case "book":
      if (trail.bookRecord === undefined) books.push(trail)
      trail.bookRecord = envelope
      return advance(trail, envelope)
    case "none":
      remember(trail.continuity.recent, envelope)
      return advance(trail, envelope)
  }
}

/** Of the last record: its bytes are another's soon. */
export const readBookKey = (trail: Trail): void => {
  if (trail.bookRecord !== undefined) trail.bookKey = trail.bookRecord.key
  trail.bookRecord = undefined
}

const advance = ({ continuity, newest }: Trail, envelope: Envelope): void => {
  newest.timestamp = envelope.timestamp
  newest.receivedAt = envelope.receivedAt
  continuity.newest = newest
}

const noteId = (trail: Trail, envelope: Envelope): void => {
  const { continuity } = trail
  const id = envelope instanceof WrittenRecord ? envelope.last : numberAt(envelope.key, trail.prefix)
  if (id === continuity.expected || isAbove(trail, id, envelope)) {
    continuity.expected = id + 1
    advance(trail, envelope)
  }
}

/** Brings the ledger up to what simply followed. */
const settle = (continuity: Continuity): void => {
  if (!Number.isNaN(continuity.expected)) continuity.ledger.highest = continuity.expected - 1
}

/** A number that is not the next one: whether it is the highest now. */
const isAbove = (trail: Trail, id: number, envelope: Envelope): boolean => {
  const { continuity } = trail
  if (Number.isNaN(id)) return false
  settle(continuity)
  const { highest } = continuity.ledger
  if (!(id >= continuity.lowest)) continuity.lowest = id
  if (highest === undefined || id > highest) {
    leaveOut(trail, id)
    return true
  }
  fill(trail, { first: id, last: id }, envelope)
  return false
}

/** Everything between the highest number and `next` is left out, unless a gap has named it. */
const leaveOut = ({ continuity, holes }: Trail, next: number): void => {
  const { highest } = continuity.ledger
  if (highest !== undefined && next > highest + 1) keep(holes, { first: highest + 1, last: next - 1 })
}

const keep = (holes: Ledger.Ledger, range: Ledger.Range): void => {
  Ledger.lose(holes, range)
  holes.missing.splice(0, Math.max(0, holes.missing.length - holes.maxRanges))
}

/** The exchange counts anew. */
const begin = ({ continuity, holes }: Trail): void => {
  Ledger.restart(holes)
  Ledger.restart(continuity.ledger)
  continuity.gaps.length = 0
  continuity.expected = Number.NaN
  continuity.lowest = Number.NaN
}

const fill = ({ continuity, holes }: Trail, range: Ledger.Range, { source }: Envelope): void => {
  if (holes.missing.length > 0) Ledger.abandon(holes, range)
  if (continuity.gaps.length === 0) return
  const filled = Ledger.abandon(continuity.ledger, range)
  if (filled.length === 0) return
  for (const gap of continuity.gaps) {
    const came = sizeWithin(gap, filled)
    if (came === 0) continue
    gap.left -= came
    if (source !== "rest") continue
    gap.repairedBy = "rest"
    gap.repaired++
  }
}

const closedMark = "c".charCodeAt(0)

/** What a kline's key says: its open time, and the last of it once it is closed. */
export const klineOf = ({ dataType }: Stream, key: string, prefix: number) => {
  const first = numberAt(key, prefix)
  const closed = key.charCodeAt(key.indexOf(":", prefix) + 1) === closedMark
  return { first, closed, last: closed ? nextOpenTime(dataType.interval!, first) - 1 : first - 1 }
}

const noteKline = (trail: Trail, envelope: Envelope): void => {
  const { continuity, prefix } = trail
  const { ledger, stream } = continuity
  const { key, source } = envelope
  if (Number.isNaN(numberAt(key, prefix))) return
  const { closed, first, last } = klineOf(stream, key, prefix)
  if (ledger.highest === undefined || last > ledger.highest) {
    leaveOut(trail, first)
    ledger.highest = last
  } else if (closed) fill(trail, { first, last }, envelope)
  if (!closed) remember(continuity.recent, envelope)
  if (source === "rest") return
  advance(trail, envelope)
}

const noteGap = (trail: Trail, envelope: Envelope): void => {
  const { continuity } = trail
  const { chain } = continuity
  const gap = readGap(envelope)
  if (gap === undefined) return
  if (chain === "book") {
    noteBookGap(continuity, gap)
    if (gap.repair === "pending") {
      trail.bookKey = undefined
      trail.bookRecord = undefined
    }
  } else if (gap.from.sequence === undefined) {
    const { timeGap } = continuity
    // One that is open is the last one, whatever is said of a time before it.
    const stays = timeGap !== undefined && isOpen(timeGap)
    if (!stays || gap.first >= timeGap.first) continuity.timeGap = gap
  } else if (chain === "none") return
  else if (isOpen(gap)) continuity.timeGap = gap
  else {
    if (continuity.timeGap?.first === gap.first) continuity.timeGap = undefined
    if (gap.to.sequence !== undefined) noteMissing(trail, gap, gap.to.sequence)
    else if (gap.repair !== "complete") begin(trail)
  }
}

/** Only what is still to be repaired is kept: what was given up is neither asked for nor expected again. */
const noteMissing = (trail: Trail, gap: Gap, to: number): void => {
  const { continuity } = trail
  const { gaps, ledger, stream } = continuity
  const { interval } = stream.dataType
  const range = { first: gap.first, last: interval === undefined ? to : nextOpenTime(interval, to) - 1 }
  const index = gaps.findIndex(({ first }) => first === gap.first)
  settle(continuity)
  leaveOut(trail, range.first)
  const missing = missingOf(trail, range)
  Ledger.abandon(trail.holes, range)
  if (gap.repair !== "pending") {
    const left = Ledger.abandon(ledger, range)
    // Whole, and yet not here: no records by design, or the journal had no room for them, which an overflow names.
    if (gap.repair === "complete") for (const part of left) keep(trail.holes, part)
    if (index >= 0) gaps.splice(index, 1)
    ledger.highest = Math.max(ledger.highest ?? range.last, range.last)
  } else if (index < 0) {
    for (const part of missing) Ledger.lose(ledger, part)
    const size = missing.reduce((sum, part) => sum + Ledger.sizeOf(part), 0)
    ledger.highest = Math.max(ledger.highest ?? range.last, range.last)
    gaps.push({ ...gap, last: range.last, left: size, size } satisfies SequenceGap)
  } else gaps[index]!.revision = gap.revision
  if (!Number.isNaN(continuity.expected)) continuity.expected = ledger.highest! + 1
}

/**
 * What of a gap's range did not come: all of it, except where the gap of an overflow is told when it is over. Of that
 * range some has come, and what has not was left out before.
 */
const missingOf = ({ continuity, holes }: Trail, range: Ledger.Range): ReadonlyArray<Ledger.Range> => {
  const { lowest, ledger } = continuity
  const { highest } = ledger
  if (highest === undefined || range.first > highest || range.last < lowest) return [range]
  const parts = Array.from(Ledger.missingWithin(holes, range))
  if (range.last > highest) parts.push({ first: highest + 1, last: range.last })
  return parts.length === 0 ? [range] : parts
}

/** Where a book's chain stands; `undefined` while it is broken, or has not begun. */
export const bookOf = ({ bookKey }: Trail): BookMark | undefined => {
  if (bookKey === undefined) return undefined
  const joining = bookKey.startsWith("snapshot:")
  const last = numberAt(bookKey, joining ? bookKey.lastIndexOf(":") + 1 : 0)
  return Number.isNaN(last) ? undefined : { last, joining }
}
