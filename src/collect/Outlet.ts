import { Clock, Effect } from "effect"
import type { GapState } from "../../services/ContinuityHistory.ts"
import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Decoded, Source } from "../domain/Decoded.ts"
import { encodeBatch } from "../domain/Encoder.ts"
import type { Envelope } from "../domain/Envelope.ts"
import type { Stream } from "../domain/Stream.ts"
import type { Self } from "../runtime/Actor.ts"
import { makeAppend } from "./Append.ts"
import { type Continuity, type Findings, makeFindings } from "./continuity/Continuity.ts"
import type { Gap } from "./continuity/Gap.ts"
import { NoRoom } from "./continuity/NoRoom.ts"
import { onHole } from "./DepthChain.ts"
import type { StreamEntry } from "./StreamTable.ts"
import type { Flow } from "./venue/Flow.ts"

export interface OutletOptions {
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly metrics: VenueMetrics
  readonly flow: Flow
  readonly canSnapshot: (stream: Stream) => boolean
  readonly canRepair: (stream: Stream) => boolean
  readonly onGap: (gap: Gap) => void
  readonly onGapStates?: ((states: ReadonlyArray<GapState>) => void) | undefined
}

/** Records and what they are encoded to, one for one. */
export interface Output {
  readonly records: ReadonlyArray<Decoded>
  readonly envelopes: ReadonlyArray<Envelope>
}

export const noOutput: Output = { records: [], envelopes: [] }

export const encode = (records: ReadonlyArray<Decoded>, source: Source): Output => ({
  records,
  envelopes: encodeBatch(records, source),
})

export const both = (first: Output, second: Output): Output => ({
  records: [...first.records, ...second.records],
  envelopes: [...first.envelopes, ...second.envelopes],
})

const nothing: ReadonlyArray<Decoded> = []

/** The way out of the stream states: counts what they found, hands it to the journal, and names what that had no room for. */
export const makeOutlet = (options: OutletOptions, source: Source) => {
  const { table, metrics, flow, canRepair } = options
  const append = makeAppend(metrics, flow)
  /** One that was removed meanwhile may have been subscribed anew: that is another. */
  const entryOf = (continuity: Continuity): StreamEntry | undefined => {
    const entry = table.get(continuity.stream)
    return entry?.continuity === continuity ? entry : undefined
  }
  const noRoom = new NoRoom({
    canRepair: (continuity) => entryOf(continuity) !== undefined && canRepair(continuity.stream),
    askAgain: options.onGap,
    breakChain: (continuity) => {
      const chain = entryOf(continuity)?.chain
      if (chain === undefined || !options.canSnapshot(continuity.stream)) return false
      onHole(chain)
      return true
    },
  })

  /** Counts what a message gave and encodes it. */
  const publish = (findings: Findings, of: Source = source): Output => {
    if (findings.duplicates > 0) metrics.recordsDuplicate.add(findings.duplicates)
    if (findings.states > 0) metrics.recordsProduced("gap").add(findings.states)
    if (findings.said.length > 0) options.onGapStates?.(findings.said)
    for (const gap of findings.opened) {
      metrics.gaps(gap.stream.dataType.word, gap.cause).add(1)
      options.onGap(gap)
    }
    for (const gap of findings.resumed) options.onGap(gap)
    return encode(findings.out.records, of)
  }

  const tell = (taken: ReadonlyArray<Decoded>, noticedAt: number, self: Self | undefined) => {
    const findings = makeFindings()
    noRoom.tell(taken, noticedAt, findings)
    // A gap always finds room.
    return append(publish(findings).envelopes, self)
  }

  /** Completes when the journal holds it. Gives the records that it had no room for. */
  const put = Effect.fnUntraced(function* ({ envelopes, records }: Output, self: Self | undefined) {
    const refused = yield* append(envelopes, self)
    if (refused.length === 0) {
      const last = noRoom.waits ? records.findLast(({ type }) => type !== "gap") : undefined
      if (last !== undefined) yield* tell(records, last.receivedAt, self)
      return nothing
    }
    const given = new Set(refused)
    return records.filter((_, index) => given.has(envelopes[index]!))
  })

  return {
    publish,
    put,
    /** The same, and what is lost is an episode of its stream. */
    hand: (output: Output, self: Self | undefined) =>
      Effect.map(put(output, self), (lost) => {
        for (const record of lost) {
          const continuity = table.get(record.stream)?.continuity
          if (continuity !== undefined) noRoom.lost(continuity, record, continuity.before)
        }
      }),
    /** There will be nothing more: episodes that are not over are told as they are. */
    close: Effect.gen(function* () {
      if (!noRoom.waits) return
      yield* tell(nothing, Number((yield* Clock.currentTimeNanos) / 1000n) / 1000, undefined)
    }),
  }
}
