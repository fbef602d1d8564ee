import type { Decoded, Reject, Skipped } from "../domain/Decoded.ts"
import { textBytes } from "../domain/WrittenRecord.ts"
import { type FrameBatch, maxFrames } from "../domain/Frame.ts"
import type { Stream } from "../domain/Stream.ts"
import { Effect } from "effect"
import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Mailbox, MailboxOptions } from "../runtime/Mailbox.ts"
import type { Range } from "../runtime/Ledger.ts"
import type { Continuity, SequenceGap } from "./continuity/Continuity.ts"
import type { GapCause } from "./continuity/Gap.ts"
import type { LostBefore } from "./overload/Lost.ts"
import type { HandoverNews } from "./connections/Handovers.ts"
import type { Flow } from "./venue/Flow.ts"

/** The REST answer with an order book's snapshot. It goes the way of the frames, so that order is kept in a replay. */
export interface SnapshotBody {
  readonly snapshotOf: Stream
  readonly body: Buffer
  readonly receivedAt: number
  /** Levels asked for, where known. */
  readonly levels: number | undefined
}

/**
 * A connection is gone, or a frame cannot be read: these streams were interrupted after everything that came before. In the
 * order of the frames.
 */
export interface Interruption {
  readonly interrupted: ReadonlyArray<Stream>
  readonly cause: GapCause
  /** The frame names no stream: it may have been a change of any of these books. */
  readonly possible?: true
  /** They are interrupted for so long already that it is to be said, whether or not anything shows what is missing. */
  readonly lasts?: true
  /** When it was noticed: milliseconds, microseconds as the fraction. */
  readonly at: number
}

/** What an answer of REST holds of a gap. It goes the way of the frames as well. */
export interface Backfill {
  readonly backfillOf: SequenceGap
  /** Missing records, ascending. */
  readonly records: ReadonlyArray<Decoded>
  /** Missing sequences that are no records, as the answer shows. */
  readonly holes: ReadonlyArray<Range>
  /** Nothing more will be asked for. */
  readonly done: boolean
  /** Milliseconds, microseconds as the fraction. */
  readonly at: number
}

/** What a poll brought. It goes the way of the frames as well. */
export interface Polled {
  readonly polledOf: Stream
  /** Ascending; those that came before among them. */
  readonly records: ReadonlyArray<Decoded>
}

/** Streams are not collected any more: the last word on their gaps is said after everything that came before. */
export interface Departure {
  readonly departed: ReadonlyArray<Continuity>
  /** Milliseconds, microseconds as the fraction. */
  readonly at: number
}

/** What a venue's parser takes. */
export type Inlet = FrameBatch | SnapshotBody | Interruption | Backfill | Polled | Departure | HandoverNews

export const isFrames = (inlet: Inlet): inlet is FrameBatch => "frames" in inlet

/** What it gives: records of neighbouring frames, a snapshot, places in a chain without a record, an interruption. */
export type Parsed =
  | {
      readonly kind: "records"
      readonly records: ReadonlyArray<Decoded>
      readonly bytes: number
      /** What gave way before these, by the policies of `overload`. */
      readonly lost?: LostBefore
      /** They came by REST. */
      readonly polled?: true
    }
  | {
      readonly kind: "snapshot"
      readonly stream: Stream
      readonly result: Decoded | Reject
      readonly bytes: number
    }
  | { readonly kind: "skipped"; readonly skipped: ReadonlyArray<Skipped>; readonly bytes: number }
  | { readonly kind: "interrupted"; readonly interruption: Interruption; readonly bytes: number }
  | { readonly kind: "backfill"; readonly backfill: Backfill; readonly bytes: number }
  | { readonly kind: "departed"; readonly departure: Departure; readonly bytes: number }

/** Besides its text, a decoded record's object and bookkeeping take about so many bytes. */
export const recordOverhead = 160

/** Records take their text and bookkeeping. */
export const bytesOf = (records: ReadonlyArray<Decoded>): number => {
  let bytes = records.length * recordOverhead
  for (const record of records) bytes += textBytes(record)
  return bytes
}

const sizeOf = (inlet: Inlet): number => {
  if (isFrames(inlet)) return inlet.bytes
  if ("snapshotOf" in inlet) return inlet.body.length
  if ("polledOf" in inlet) return recordOverhead + bytesOf(inlet.records)
  if ("backfillOf" in inlet) return recordOverhead + bytesOf(inlet.records)
  if ("handover" in inlet) return recordOverhead
  return recordOverhead + 8 * ("departed" in inlet ? inlet.departed : inlet.interrupted).length
}

/** The two mailboxes of a venue. Batches are small at low rates and full in a flood, so bytes are what bounds them. */
export const inletOptions = (bytes: number): Pick<MailboxOptions<Inlet>, "name" | "capacity" | "sizeOf"> => ({
  name: "frames",
  capacity: { items: 1024, bytes },
  sizeOf,
})

export const parsedOptions = (
  bytes: number,
): Pick<MailboxOptions<Parsed>, "name" | "capacity" | "sizeOf"> => ({
  name: "records",
  capacity: { items: 1024, bytes },
  sizeOf: (parsed) => parsed.bytes,
})

/** Neighbouring small batches are handled as one, up to this many records. */
export const mergedRecords = maxFrames

/** Counts frames as received once the parser's mailbox has them: until then they are the socket's. */
export const countingInlet = (
  into: () => Mailbox<Inlet>,
  metrics: VenueMetrics,
  flow: Flow,
): Pick<Mailbox<Inlet>, "offer" | "offerUnsafe"> => {
  const count = (inlet: Inlet) => {
    if (!isFrames(inlet)) return
    flow.frames += inlet.frames.length
    metrics.received(inlet)
  }
  return {
    offerUnsafe: (inlet) => {
      const outcome = into().offerUnsafe(inlet)
      if (outcome === "taken") count(inlet)
      return outcome
    },
    offer: (inlet) =>
      Effect.suspend(() =>
        Effect.map(into().offer(inlet), (taken) => {
          if (taken) count(inlet)
          return taken
        }),
      ),
  }
}
