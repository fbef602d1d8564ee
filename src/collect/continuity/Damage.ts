import { type Envelope, payloadOf } from "../../domain/Envelope.ts"
import { parseRecord } from "../../domain/Record.ts"
import { intakeRoute, type Stream } from "../../domain/Stream.ts"
import * as Ledger from "../../runtime/Ledger.ts"
import { nextOpenTime } from "../../domain/KlineTime.ts"
import { type Chain, makeContinuity } from "./Continuity.ts"
import { timeOf } from "./Gap.ts"
import { readGap } from "./GapText.ts"
import { klineOf, numberAt, prefixOf } from "./Trail.ts"

/** What a stream lost with records that the disk lost. */
export interface Loss {
  /** Of a chain, what is missing; of a book `last` may be unknown. Of anything else there is none. */
  readonly range: { readonly first: number; readonly last: number | undefined } | undefined
  /** The times of the last record before and the first after. */
  readonly after: number
  readonly until: number
  /** Of a book: a snapshot stands behind it. */
  readonly isWhole: boolean
}

/** The last part of a gap's key, which the loss would have. */
type Named = Set<number>

interface Seen {
  readonly stream: Stream
  readonly chain: Chain
  readonly prefix: number
  /** Its number, or the end of its book's chain; `NaN` before the first. */
  highest: number
  time: number
  /** Holes before its last record. */
  holes: number
  readonly losses: Array<Loss>
  /** What is missing of `losses`, and did not come later, and is named by no gap. */
  readonly missing: Ledger.Ledger
  /** Gaps that are told in the journal, by what their key ends with. */
  readonly named: Named
}

/** Records in a row, read from the journal, and where some are lost between them. */
export interface Review {
  readonly visit: (envelopes: ReadonlyArray<Envelope>, isAfterHole: boolean) => void
  /**
   * By the key of the stream, what is lost of those that have a record before and after a hole. Whatever the journal
   * itself names, because it was told by an earlier process, is left out: so it is told once, for as long as it is held.
   */
  readonly losses: () => ReadonlyMap<
    string,
    { readonly stream: Stream; readonly losses: ReadonlyArray<Loss> }
  >
}

const maxRanges = 65_536

const seenOf = (stream: Stream): Seen => ({
  stream,
  chain: makeContinuity(stream).chain,
  prefix: prefixOf(stream),
  highest: Number.NaN,
  time: Number.NaN,
  holes: 0,
  losses: [],
  missing: Ledger.make(maxRanges),
  named: new Set(),
})

const noteGap = (seen: Seen, envelope: Envelope): void => {
  const gap = readGap(envelope)
  if (gap === undefined) return
  seen.named.add(gap.first)
  const { interval } = seen.stream.dataType
  const to = gap.to.sequence
  if (gap.from.sequence === undefined || to === undefined || seen.chain === "book") return
  Ledger.abandon(seen.missing, {
    first: gap.first,
    last: interval === undefined ? to : nextOpenTime(interval, to) - 1,
  })
}

/** `first … last` came; a closed kline, or an open one, of which nothing came but the time. */
const noteNumbers = (
  seen: Seen,
  { first, last }: Ledger.Range,
  envelope: Envelope,
  isAfterHole: boolean,
): boolean => {
  if (first <= last) Ledger.abandon(seen.missing, { first, last })
  if (last <= seen.highest) return false
  if (isAfterHole && first > seen.highest + 1) {
    const range = { first: seen.highest + 1, last: first - 1 }
    seen.losses.push({ range, after: seen.time, until: timeOf(envelope), isWhole: false })
    Ledger.lose(seen.missing, range)
  }
  seen.highest = last
  return true
}

/** Where the chain stood before a delta; `NaN` where it does not say. */
const endBefore = (envelope: Envelope): number => {
  const record = parseRecord(payloadOf(envelope).toString("utf8"))
  const sequence = record.type === "depth" && record.data.kind === "delta" ? record.data.sequence : undefined
  return sequence?.previous === undefined ? Number(sequence?.first) - 1 : Number(sequence.previous)
}

/** The records around a hole are all that is read of a book: what they follow stands in their data. */
const noteBook = (seen: Seen, envelope: Envelope, isAfterHole: boolean): void => {
  const isSnapshot = envelope.key.startsWith("snapshot:")
  const last = numberAt(envelope.key, isSnapshot ? envelope.key.lastIndexOf(":") + 1 : 0)
  const before = seen.losses.at(-1)
  if (isSnapshot && before !== undefined) seen.losses[seen.losses.length - 1] = { ...before, isWhole: true }
  if (isAfterHole && !Number.isNaN(seen.highest)) {
    const end = isSnapshot ? last : endBefore(envelope)
    if (!(end <= seen.highest)) {
      const range = { first: seen.highest + 1, last: Number.isNaN(end) ? undefined : end }
      seen.losses.push({ range, after: seen.time, until: timeOf(envelope), isWhole: isSnapshot })
    }
  }
  seen.highest = last
}

export const makeReview = (): Review => {
  const byKey = new Map<string, Seen>()
  const byStream = new Map<Stream, Seen>()
  let holes = 0

  const find = (stream: Stream): Seen => {
    const seen = byKey.get(stream.key) ?? seenOf(stream)
    byKey.set(stream.key, seen)
    byStream.set(stream, seen)
    return seen
  }

  /** Whether it came in its order, and not late: then what follows stands behind the same holes. */
  const note = (seen: Seen, envelope: Envelope, isAfterHole: boolean): boolean => {
    switch (seen.chain) {
      case "ids": {
        const id = numberAt(envelope.key, seen.prefix)
        return Number.isNaN(id) || noteNumbers(seen, { first: id, last: id }, envelope, isAfterHole)
      }
      case "klines": {
        if (Number.isNaN(numberAt(envelope.key, seen.prefix))) return true
        const { first, last } = klineOf(seen.stream, envelope.key, seen.prefix)
        return noteNumbers(seen, { first, last }, envelope, isAfterHole)
      }
      case "book":
        noteBook(seen, envelope, isAfterHole)
        return true
      case "none":
        if (isAfterHole)
          seen.losses.push({
            range: undefined,
            after: seen.time,
            until: timeOf(envelope),
            isWhole: false,
          })
        return true
    }
  }

  return {
    visit: (envelopes, isAfterHole) => {
      if (isAfterHole) holes++
      for (const envelope of envelopes) {
        const { stream } = envelope
        // Without a name on the wire its definition was damaged, and it may be another stream's.
        if (stream.wire === "" || stream.route === intakeRoute) continue
        const seen = byStream.get(stream) ?? find(stream)
        if (envelope.type === "gap") {
          noteGap(seen, envelope)
          continue
        }
        const isAfter = seen.holes < holes && !Number.isNaN(seen.time)
        const isInOrder = note(seen, envelope, isAfter)
        if (isAfter && !isInOrder) continue
        seen.holes = holes
        seen.time = timeOf(envelope)
      }
    },
    losses: () => {
      const found = new Map<string, { stream: Stream; losses: ReadonlyArray<Loss> }>()
      for (const [key, seen] of byKey) {
        const losses = seen.losses.flatMap((loss) => left(seen, loss))
        if (losses.length > 0) found.set(key, { stream: seen.stream, losses })
      }
      return found
    },
  }
}

/** What of it is still missing, and no gap has told. */
const left = ({ chain, missing, named }: Seen, loss: Loss): ReadonlyArray<Loss> => {
  const { after, range } = loss
  // A time may be told as the one after it, where it could be taken for an open time.
  if (range === undefined) return named.has(after) || named.has(after + 1) ? [] : [loss]
  if (chain === "book" || range.last === undefined) return named.has(range.first) ? [] : [loss]
  return Ledger.missingWithin(missing, { first: range.first, last: range.last }).map((part) => ({
    ...loss,
    range: part,
  }))
}
