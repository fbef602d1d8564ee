import { Effect } from "effect"
import { Journal } from "../../services/Journal.ts"
import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Decoded, Source } from "../domain/Decoded.ts"
import { encodeBatch } from "../domain/Encoder.ts"
import type { Envelope } from "../domain/Envelope.ts"
import type { Stream } from "../domain/Stream.ts"
import type { DepthRule } from "../exchanges/Venue.ts"
import type { Self } from "../runtime/Actor.ts"
import { reconnect } from "../runtime/Backoff.ts"
import {
  type DepthChain,
  type DepthOutcome,
  makeDepthChain,
  onDelta,
  onNoSnapshot,
  onSnapshot,
} from "./DepthChain.ts"
import type { Parsed } from "./Inlet.ts"
import type { StreamEntry } from "./StreamTable.ts"
import type { Flow } from "./venue/Flow.ts"

const journalRetry = reconnect({ first: "100 millis", max: "10 seconds" })

/** What a chain of deltas asks for, or says. */
export type ChainEvent =
  | {
      readonly kind: "wanted"
      readonly stream: Stream
      readonly because: "first" | "broken" | "stale"
    }
  /** A snapshot came that cannot be read: what was wrong with it. Another is needed. */
  | { readonly kind: "rejected"; readonly stream: Stream; readonly detail: string }
  | { readonly kind: "broken"; readonly stream: Stream; readonly last: number; readonly delta: Decoded }

export interface StreamStatesOptions {
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly metrics: VenueMetrics
  readonly flow: Flow
  readonly depth: DepthRule | undefined
  /** Sources of what comes by stream and by REST: the same `replay` for both in a replay. */
  readonly sources: { readonly stream: Source; readonly rest: Source }
  /** Whether a snapshot can be had for a stream whose chain has none. When not, its deltas are published as they come. */
  readonly canSnapshot: (stream: Stream) => boolean
  /** A snapshot has come, whatever becomes of it. */
  readonly onSnapshot?: (stream: Stream) => void
  readonly onChain: (event: ChainEvent) => void
}

/**
 * The state of a venue's streams: it counts, drops what nobody asked for, joins deltas to their snapshots, encodes,
 * and hands over to the journal. One actor runs it, so nothing here is shared.
 */
export interface StreamStates {
  /** Everything in order; completes when the journal holds it. */
  readonly handle: (batch: ReadonlyArray<Parsed>, self?: Self) => Effect.Effect<void, never, Journal>
  /** Publishes deltas that wait for snapshots which will not come. */
  readonly finish: Effect.Effect<void, never, Journal>
  /** A stream was removed: deltas of it that wait for a snapshot are nobody's any more. */
  readonly forget: (entry: StreamEntry) => void
}

/** Records in a message: what its parser counted as produced. */
export const recordsIn = (message: Parsed): number =>
  message.kind === "records" ? message.records.length : "reason" in message.result ? 0 : 1

export const makeStreamStates = (options: StreamStatesOptions): StreamStates => {
  const { table, metrics, flow, depth, sources } = options

  const chainOf = (entry: StreamEntry): DepthChain => {
    entry.chain ??= makeDepthChain(depth!)
    return entry.chain
  }

  const settle = (entry: StreamEntry, outcome: DepthOutcome) => {
    const { stream } = entry
    if (outcome.contained > 0) metrics.recordsFiltered("contained").add(outcome.contained)
    if (outcome.overflowed > 0) metrics.recordsDropped("awaiting_snapshot").add(outcome.overflowed)
    if (outcome.stale === true) metrics.recordsFiltered("stale_snapshot").add(1)
    if (outcome.broken !== undefined) options.onChain({ kind: "broken", stream, ...outcome.broken })
    if (outcome.wantsSnapshot) {
      const because = outcome.broken !== undefined ? "broken" : outcome.stale === true ? "stale" : "first"
      options.onChain({ kind: "wanted", stream, because })
    }
  }

  const throughChain = (entry: StreamEntry, delta: Decoded, out: Array<Decoded>) => {
    const chain = chainOf(entry)
    const before = chain.waiting.length
    let outcome = onDelta(chain, delta)
    if (chain.last === undefined && !options.canSnapshot(entry.stream)) {
      const published = onNoSnapshot(chain)
      outcome = { ...outcome, publish: published.publish, wantsSnapshot: false }
    }
    flow.waiting += chain.waiting.length - before
    settle(entry, outcome)
    for (const record of outcome.publish) out.push(record)
  }

  const select = (records: ReadonlyArray<Decoded>): ReadonlyArray<Decoded> => {
    const out: Array<Decoded> = []
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
      // Partial books stand for themselves.
      if (record.type === "depth" && record.stream.dataType.levels === undefined && depth !== undefined)
        throughChain(entry, record, out)
      else out.push(record)
    }
    if (unsubscribed > 0) metrics.recordsFiltered("unsubscribed").add(unsubscribed)
    return out
  }

  const snapshot = (message: Extract<Parsed, { readonly kind: "snapshot" }>): ReadonlyArray<Envelope> => {
    const { stream, result } = message
    const entry = table.get(stream)
    options.onSnapshot?.(stream)
    if ("reason" in result) {
      if (entry !== undefined) options.onChain({ kind: "rejected", stream, detail: result.detail })
      return []
    }
    if (entry === undefined) {
      metrics.recordsFiltered("unsubscribed").add(1)
      return []
    }
    const chain = chainOf(entry)
    const before = chain.waiting.length
    const outcome = onSnapshot(chain, result)
    flow.waiting += chain.waiting.length - before
    settle(entry, outcome)
    if (outcome.publish.length === 0) return []
    entry.records++
    return [
      ...encodeBatch(outcome.publish.slice(0, 1), sources.rest),
      ...encodeBatch(outcome.publish.slice(1), sources.stream),
    ]
  }

  /** A journal that cannot take it now (a full disk) will later: what is in hand is kept and offered again. */
  const append = Effect.fnUntraced(function* (envelopes: ReadonlyArray<Envelope>, self: Self | undefined) {
    if (envelopes.length === 0) return
    const journal = yield* Journal
    flow.appending += envelopes.length
    let troubled = false
    yield* journal.append(envelopes).pipe(
      Effect.tapError((error) => {
        troubled = true
        return Effect.andThen(
          self?.degraded(error.message) ?? Effect.void,
          Effect.logError(`${error.message}; trying again`),
        )
      }),
      Effect.retry({
        schedule: journalRetry,
        while: (error) => error.reason === "io" || error.reason === "full",
      }),
      Effect.orDie,
      Effect.ensuring(
        Effect.sync(() => {
          flow.appending -= envelopes.length
        }),
      ),
    )
    if (troubled && self !== undefined) yield* self.ready
    metrics.recordsAccepted.add(envelopes.length)
  })

  return {
    handle: Effect.fnUntraced(function* (batch, self) {
      for (const message of batch) {
        flow.parsed -= recordsIn(message)
        const envelopes =
          message.kind === "snapshot"
            ? snapshot(message)
            : encodeBatch(select(message.records), sources.stream)
        yield* append(envelopes, self)
      }
    }),
    forget: (entry) => {
      const left = entry.chain?.waiting.length ?? 0
      if (left === 0) return
      flow.waiting -= left
      metrics.recordsFiltered("unsubscribed").add(left)
    },
    finish: Effect.suspend(() => {
      const left: Array<Decoded> = []
      for (const entry of table.values())
        if (entry.chain !== undefined) left.push(...onNoSnapshot(entry.chain).publish)
      flow.waiting -= left.length
      return append(encodeBatch(left, sources.stream), undefined)
    }),
  }
}
