import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Decoded } from "../domain/Decoded.ts"
import type { Stream } from "../domain/Stream.ts"
import type { DepthRule } from "../exchanges/Venue.ts"
import { type BookOutput, makeBookOutput } from "./books/BookOutput.ts"
import { type BookSettings, publishesBooks, usualBooks } from "./books/BookSettings.ts"
import { type BookFault, makeLocalBook } from "./books/LocalBook.ts"
import { countsAnew, losesUnseen, onBroken, onReplaced, onResynced } from "./continuity/Books.ts"
import { advance, type Findings } from "./continuity/Continuity.ts"
import { resume } from "./continuity/Interruption.ts"
import { declareLoss, endBookLoss } from "./continuity/Loss.ts"
import {
  type DepthChain,
  type DepthOutcome,
  isSnapshot,
  makeDepthChain,
  onDelta,
  onDoubt,
  onNoSnapshot,
  onReset,
  onSnapshot,
} from "./DepthChain.ts"
import type { StreamEntry } from "./StreamTable.ts"
import type { Flow } from "./venue/Flow.ts"

/** What a chain of deltas asks for, or says. */
export type ChainEvent =
  | {
      readonly kind: "wanted"
      readonly stream: Stream
      readonly because: "first" | "broken" | "stale"
    }
  /** A snapshot came that cannot be read: what was wrong with it. Another is needed. */
  | { readonly kind: "rejected"; readonly stream: Stream; readonly detail: string }
  | {
      readonly kind: "broken"
      readonly stream: Stream
      readonly last: number
      readonly delta: Decoded
      /** The sequence fits, and the book does not. */
      readonly fault?: BookFault
    }
  /** What may have changed the book after `last` cannot be read, and no number would tell. */
  | { readonly kind: "doubted"; readonly stream: Stream; readonly last: number }
  /** The venue counts anew from this delta; nothing is missing. */
  | { readonly kind: "restarted"; readonly stream: Stream; readonly delta: Decoded }

export interface StreamBooksOptions {
  readonly depth: DepthRule
  /** What is made of the books; nothing unless given. */
  readonly books?: BookSettings | undefined
  /** The venue's own stream of best prices of a book's instrument, where it has one. */
  readonly bboOf?: ((stream: Stream) => Stream | undefined) | undefined
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly metrics: VenueMetrics
  readonly flow: Flow
  /** Whether a snapshot can be had for a stream whose chain has none. When not, its deltas are published as they come. */
  readonly canSnapshot: (stream: Stream) => boolean
  readonly onChain: (event: ChainEvent) => void
}

/** The books of a venue's depth streams: each record goes through its chain, and what it shows is published or asked for. */
export interface StreamBooks {
  /** A delta or a snapshot of the stream. */
  readonly take: (entry: StreamEntry, record: Decoded, findings: Findings) => void
  /** A snapshot by REST: what it joins is the caller's to publish. */
  readonly join: (entry: StreamEntry, snapshot: Decoded) => DepthOutcome
  /**
   * A frame that cannot be read may have been a change of the book: where no number would show that, it is none any more.
   * Or it was the snapshot that is waited for.
   */
  readonly doubt: (entry: StreamEntry, noticedAt: number, findings: Findings) => void
  /** The book holds these now: what else is made of it, after them. */
  readonly after: (entry: StreamEntry, published: ReadonlyArray<Decoded>, findings: Findings) => void
}

/** A chain that begins, with the book that the settings want. */
export const makeChain = (depth: DepthRule, settings: BookSettings = usualBooks): DepthChain => {
  const { keep, maxLevels } = settings
  const required = publishesBooks(settings)
  return keep || required
    ? makeDepthChain(depth, makeLocalBook(depth, { maxLevels, always: true, required }))
    : makeDepthChain(depth)
}

export const makeStreamBooks = (options: StreamBooksOptions): StreamBooks => {
  const { books: settings = usualBooks, depth, flow, metrics, table } = options
  const outputs = new WeakMap<StreamEntry, BookOutput>()
  const publishes = publishesBooks(settings)

  const chainOf = (entry: StreamEntry): DepthChain => {
    entry.chain ??= makeChain(depth, settings)
    return entry.chain
  }

  const outputOf = (entry: StreamEntry): BookOutput => {
    const known = outputs.get(entry)
    if (known !== undefined) return known
    const { stream } = entry
    const venueBbo = options.bboOf?.(stream)
    const made = makeBookOutput({ stream, settings, venueBbo, isCollected: (each) => table.has(each) })
    outputs.set(entry, made)
    return made
  }

  const after = (entry: StreamEntry, published: ReadonlyArray<Decoded>, findings: Findings) => {
    const last = published.at(-1)
    const { chain } = entry
    if (!publishes || last === undefined || chain?.last === undefined || chain.book?.isKnown() !== true)
      return
    const { out } = findings
    const before = out.length
    outputOf(entry).after(last, chain.book.book, out)
    if (out.length === before) return
    for (const { type } of out.records.slice(before)) metrics.recordsProduced(type).add(1)
  }

  const settle = (entry: StreamEntry, outcome: DepthOutcome) => {
    const { stream } = entry
    if (outcome.contained > 0) metrics.recordsFiltered("contained").add(outcome.contained)
    if (outcome.overflowed > 0) metrics.recordsDropped("awaiting_snapshot").add(outcome.overflowed)
    if (outcome.superseded !== undefined) metrics.recordsFiltered("superseded").add(outcome.superseded)
    if (outcome.restarted !== undefined)
      options.onChain({ kind: "restarted", stream, delta: outcome.restarted })
    if (outcome.stale === true) metrics.recordsFiltered("stale_snapshot").add(1)
    if (outcome.broken !== undefined) options.onChain({ kind: "broken", stream, ...outcome.broken })
    if (outcome.wantsSnapshot) {
      const because = outcome.broken !== undefined ? "broken" : outcome.stale === true ? "stale" : "first"
      options.onChain({ kind: "wanted", stream, because })
    }
  }

  const throughChain = (entry: StreamEntry, delta: Decoded, findings: Findings) => {
    const chain = chainOf(entry)
    const before = chain.waiting.length
    const { continuity } = entry
    const breaks = countsAnew(continuity, chain, delta) || losesUnseen(depth, continuity)
    let outcome = breaks ? onReset(chain, delta) : onDelta(chain, delta)
    if (chain.last === undefined && !options.canSnapshot(entry.stream)) {
      const { publish } = onNoSnapshot(chain, delta)
      outcome = { ...outcome, publish, superseded: undefined, wantsSnapshot: false }
    }
    flow.waiting += chain.waiting.length - before
    settle(entry, outcome)
    if (outcome.broken !== undefined) {
      const pending = chain.last === undefined
      onBroken(continuity, outcome.broken.last, delta, pending, findings)
    }
    for (const record of outcome.publish) findings.out.push(record)
    if (outcome.publish.length > 0 && outcome.broken === undefined) endBookLoss(continuity, delta, findings)
    after(entry, outcome.publish, findings)
    resume(continuity, delta, findings)
    advance(continuity, delta)
  }

  const join = (entry: StreamEntry, snapshot: Decoded): DepthOutcome => {
    const chain = chainOf(entry)
    const before = chain.waiting.length
    const outcome = onSnapshot(chain, snapshot)
    flow.waiting += chain.waiting.length - before
    settle(entry, outcome)
    return outcome
  }

  /** A book's snapshot came on its stream: because it was subscribed, asked for, or the venue thinks it right. */
  const throughSnapshot = (entry: StreamEntry, record: Decoded, findings: Findings) => {
    const { continuity } = entry
    const chain = chainOf(entry)
    const { last } = chain
    if (
      last === record.last &&
      (chain.book?.isKnown() !== false || chain.book.take(record, true) === undefined)
    ) {
      metrics.recordsFiltered("contained").add(1)
      endBookLoss(continuity, record, findings)
      return resume(continuity, record, findings)
    }
    const outcome = join(entry, record)
    if (outcome.publish.length === 0) {
      if (last !== undefined) onBroken(continuity, last, record, true, findings)
      return
    }
    if (last !== undefined) onReplaced(continuity, last, record, findings)
    findings.out.push(record)
    onResynced(continuity, record, findings)
    for (const delta of outcome.publish.slice(1)) findings.out.push(delta)
    after(entry, outcome.publish, findings)
    resume(continuity, record, findings)
    advance(continuity, outcome.publish.at(-1)!)
    if (outcome.broken !== undefined)
      onBroken(continuity, outcome.broken.last, outcome.broken.delta, true, findings)
  }

  const doubt = (entry: StreamEntry, noticedAt: number, findings: Findings) => {
    const { continuity, stream } = entry
    if (continuity.chain !== "book" || !options.canSnapshot(stream)) return
    const chain = chainOf(entry)
    const { last } = chain
    if (last === undefined) {
      if (depth.snapshots.kind === "rest") return
      chain.asked = true
      return options.onChain({ kind: "rejected", stream, detail: "a frame of its stream is unreadable" })
    }
    if (depth.numbered) return
    declareLoss(continuity, last, () => true, noticedAt, findings)
    onDoubt(chain)
    options.onChain({ kind: "doubted", stream, last })
    options.onChain({ kind: "wanted", stream, because: "broken" })
  }

  return {
    join,
    after,
    doubt,
    take: (entry, record, findings) =>
      isSnapshot(record) ? throughSnapshot(entry, record, findings) : throughChain(entry, record, findings),
  }
}
