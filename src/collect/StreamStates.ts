import { Effect } from "effect"
import type { GapState } from "../../services/ContinuityHistory.ts"
import type { Journal } from "../../services/Journal.ts"
import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Decoded, Skipped, Source } from "../domain/Decoded.ts"
import type { Stream } from "../domain/Stream.ts"
import type { DepthRule } from "../exchanges/Venue.ts"
import type { Self } from "../runtime/Actor.ts"
import type { BookSettings } from "./books/BookSettings.ts"
import { concludeBackfill, giveBack, takeBackfilled } from "./continuity/Backfilled.ts"
import { onBroken, onResynced } from "./continuity/Books.ts"
import { advance, type Continuity, type Findings, isFirst, makeFindings } from "./continuity/Continuity.ts"
import type { Gap } from "./continuity/Gap.ts"
import { interrupt, resume } from "./continuity/Interruption.ts"
import { makeOverflown, onLost } from "./continuity/Overflow.ts"
import { onKline, onSkipped, onTrade } from "./continuity/Sequences.ts"
import { declareLoss } from "./continuity/Loss.ts"
import { leave } from "./continuity/Settlement.ts"
import { giveUpWaiting, onNoSnapshot } from "./DepthChain.ts"
import type { Backfill, Departure, Interruption, Parsed } from "./Inlet.ts"
import { both, encode, makeOutlet, noOutput, type Output } from "./Outlet.ts"
import { type ChainEvent, makeStreamBooks } from "./StreamBooks.ts"
import type { StreamEntry } from "./StreamTable.ts"
import type { Flow } from "./venue/Flow.ts"

export type { ChainEvent } from "./StreamBooks.ts"

export interface StreamStatesOptions {
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly metrics: VenueMetrics
  readonly flow: Flow
  readonly depth: DepthRule | undefined
  /** What is made of the books; nothing unless given. */
  readonly books?: BookSettings | undefined
  /** The venue's own stream of best prices of a book's instrument, where it has one. */
  readonly bboOf?: ((stream: Stream) => Stream | undefined) | undefined
  /** Sources of what comes by stream and by REST: the same `replay` for both in a replay. */
  readonly sources: { readonly stream: Source; readonly rest: Source }
  /** Whether a snapshot can be had for a stream whose chain has none. When not, its deltas are published as they come. */
  readonly canSnapshot: (stream: Stream) => boolean
  /** A snapshot has come, whatever becomes of it. */
  readonly onSnapshot?: (stream: Stream) => void
  readonly onChain: (event: ChainEvent) => void
  /** Whether missing records of a stream can be asked for again. A gap of it that is opened then is pending. */
  readonly canRepair: (stream: Stream) => boolean
  /** A gap was opened: its first record is about to be accepted. */
  readonly onGap: (gap: Gap) => void
  /** What is said of gaps, for the history. */
  readonly onGapStates?: ((states: ReadonlyArray<GapState>) => void) | undefined
}

/**
 * The state of a venue's streams: it counts, drops what nobody asked for and what came twice, names what is missing,
 * joins deltas to their snapshots, encodes, and hands over to the journal. One actor runs it, so nothing here is shared.
 */
export interface StreamStates {
  /** Everything in order; completes when the journal holds it. */
  readonly handle: (batch: ReadonlyArray<Parsed>, self?: Self) => Effect.Effect<void, never, Journal>
  /** Publishes deltas that wait for snapshots which will not come, and says of which streams the last could not be read. */
  readonly finish: Effect.Effect<void, never, Journal>
  /** Nothing more will be handled for now: says what gave way, or found no room in the journal, and was not said yet. */
  readonly close: Effect.Effect<void, never, Journal>
  /** A stream was removed: deltas of it that wait for a snapshot are nobody's any more. */
  readonly forget: (entry: StreamEntry) => void
  /** No snapshot will come any more: deltas that wait for one are given up. Their books are broken, or never began. */
  readonly abandon: Effect.Effect<void>
}

/** Records in a message: what its parser counted as produced. */
export const recordsIn = (message: Parsed): number => {
  if (message.kind === "records") return message.records.length
  if (message.kind === "backfill") return message.backfill.records.length
  return message.kind === "snapshot" && !("reason" in message.result) ? 1 : 0
}

export const makeStreamStates = (options: StreamStatesOptions): StreamStates => {
  const { table, metrics, flow, depth, sources, canRepair } = options
  const outlet = makeOutlet(options, sources.stream)
  const { hand, publish, put } = outlet
  /** Which message is at work, counted. */
  let turn = 0
  const overflown = makeOverflown(canRepair)

  const books = depth === undefined ? undefined : makeStreamBooks({ ...options, depth })

  /** What does not simply follow the record before. */
  const examine = (entry: StreamEntry, record: Decoded, findings: Findings) => {
    const { continuity } = entry
    switch (continuity.chain) {
      case "ids":
        return onTrade(continuity, record, canRepair, findings)
      case "klines":
        return onKline(continuity, record, canRepair, findings)
      case "book":
        if (books !== undefined) return books.take(entry, record, findings)
        break
      case "none":
        if (!isFirst(continuity, record, findings)) return
    }
    resume(continuity, record, findings)
    advance(continuity, record)
    findings.out.push(record)
  }

  /** What is newest when a message's first record of a stream comes is what came before, should the message be lost. */
  const mark = (continuity: Continuity) => {
    continuity.batch = turn
    continuity.before = continuity.newest && { ...continuity.newest }
    continuity.whole.length = 0
  }

  const select = ({ records, lost }: Extract<Parsed, { readonly kind: "records" }>): Findings => {
    const findings = makeFindings(records)
    const { out } = findings
    if (lost !== undefined)
      for (const [stream, each] of lost) {
        const entry = table.get(stream)
        if (entry === undefined) continue
        onLost(entry.continuity, each, findings)
        overflown.add(entry.continuity)
      }
    let unsubscribed = 0
    let entry: StreamEntry | undefined
    let stream: Stream | undefined
    for (const record of records) {
      if (record.stream !== stream) {
        stream = record.stream
        entry = table.get(stream)
      }
      if (entry === undefined) {
        unsubscribed++
        continue
      }
      entry.records++
      entry.lastReceivedAt = record.receivedAt
      const { continuity } = entry
      if (continuity.batch !== turn) mark(continuity)
      if (record.first === continuity.expected) {
        continuity.expected = record.last + 1
        advance(continuity, record)
        out.push(record)
      } else examine(entry, record, findings)
    }
    if (unsubscribed > 0) metrics.recordsFiltered("unsubscribed").add(unsubscribed)
    overflown.tell(records.at(-1)?.receivedAt ?? 0, findings)
    return findings
  }

  const skip = (skipped: ReadonlyArray<Skipped>): Findings => {
    const findings = makeFindings()
    for (const each of skipped) {
      const entry = table.get(each.stream)
      if (entry !== undefined) onSkipped(entry.continuity, each, canRepair, findings)
    }
    return findings
  }

  const suspend = ({ interrupted, cause, at, lasts, possible }: Interruption): Findings => {
    const findings = makeFindings()
    for (const stream of interrupted) {
      const entry = table.get(stream)
      if (entry === undefined) continue
      const { chain, continuity } = entry
      if (lasts === true) {
        declareLoss(continuity, chain?.last, canRepair, at, findings)
        continue
      }
      interrupt(continuity, cause, at, findings)
      if (cause !== "rejected") continue
      if (possible !== true) {
        entry.rejected++
        continuity.refusedAt ??= at
      }
      books?.doubt(entry, at, findings)
    }
    return findings
  }

  const depart = ({ departed, at }: Departure): Findings => {
    const findings = makeFindings()
    for (const continuity of departed) {
      overflown.leave(continuity, findings)
      leave(continuity, at, findings)
    }
    return findings
  }

  const snapshot = (message: Extract<Parsed, { readonly kind: "snapshot" }>): Output => {
    const { stream, result } = message
    const entry = table.get(stream)
    options.onSnapshot?.(stream)
    if ("reason" in result) {
      if (entry !== undefined) options.onChain({ kind: "rejected", stream, detail: result.detail })
      return noOutput
    }
    if (entry === undefined) {
      metrics.recordsFiltered("unsubscribed").add(1)
      return noOutput
    }
    const outcome = books!.join(entry, result)
    if (outcome.publish.length === 0) return noOutput
    entry.records++
    const { continuity } = entry
    continuity.snapshots++
    mark(continuity)
    const findings = makeFindings()
    onResynced(continuity, result, findings)
    for (const delta of outcome.publish.slice(1)) findings.out.push(delta)
    books!.after(entry, outcome.publish, findings)
    if (outcome.broken !== undefined)
      onBroken(continuity, outcome.broken.last, outcome.broken.delta, true, findings)
    return both(encode(outcome.publish.slice(0, 1), sources.rest), publish(findings))
  }

  /** Repaired records come after their gap, and before what is said of it then. */
  const refill = Effect.fnUntraced(function* (backfill: Backfill, self: Self | undefined) {
    const gap = backfill.backfillOf
    const entry = table.get(gap.stream)
    if (entry === undefined) return metrics.recordsFiltered("unsubscribed").add(backfill.records.length)
    const { continuity } = entry
    const findings = makeFindings()
    const records = takeBackfilled(continuity, backfill, findings)
    giveBack(continuity, gap, yield* put(encode(records, sources.rest), self))
    concludeBackfill(continuity, backfill, findings)
    yield* hand(publish(findings), self)
  })

  const outputOf = (message: Exclude<Parsed, { readonly kind: "backfill" }>): Output => {
    switch (message.kind) {
      case "records":
        return publish(select(message), message.polled === true ? sources.rest : sources.stream)
      case "snapshot":
        return snapshot(message)
      case "skipped":
        return publish(skip(message.skipped))
      case "interrupted":
        return publish(suspend(message.interruption))
      case "departed":
        return publish(depart(message.departure))
    }
  }

  const close = Effect.gen(function* () {
    const findings = makeFindings()
    overflown.tell(Infinity, findings)
    yield* hand(publish(findings), undefined)
    yield* outlet.close
  })

  return {
    handle: Effect.fnUntraced(function* (batch, self) {
      for (const message of batch) {
        flow.parsed -= recordsIn(message)
        turn++
        yield* message.kind === "backfill" ? refill(message.backfill, self) : hand(outputOf(message), self)
      }
    }),
    forget: (entry) => {
      const left = entry.chain?.waiting.length ?? 0
      if (left === 0) return
      flow.waiting -= left
      metrics.recordsFiltered("unsubscribed").add(left)
    },
    abandon: Effect.sync(() => {
      let left = 0
      for (const { chain } of table.values()) if (chain !== undefined) left += giveUpWaiting(chain)
      if (left === 0) return
      flow.waiting -= left
      metrics.recordsDropped("awaiting_snapshot").add(left)
    }),
    finish: Effect.suspend(() => {
      const left: Array<Decoded> = []
      const findings = makeFindings()
      for (const { chain, continuity } of table.values()) {
        if (chain !== undefined) left.push(...onNoSnapshot(chain).publish)
        const { refusedAt } = continuity
        if (refusedAt !== undefined) declareLoss(continuity, chain?.last, canRepair, refusedAt, findings)
      }
      flow.waiting -= left.length
      return Effect.andThen(hand(both(encode(left, sources.stream), publish(findings)), undefined), close)
    }),
    close,
  }
}
