import { Context, type Effect, Schema } from "effect"
import type { GapRecord } from "../src/domain/RecordSchemas.ts"

type GapData = GapRecord["data"]

/** Which stream, for whoever did not collect it. */
export interface StreamName {
  /** `binance:trade:BTC-USDT`: unique. */
  readonly key: string
  readonly venue: string
  readonly symbol: string
  readonly dataType: string
}

/** What came of a stream by itself, within a minute. Zeros too: a quiet stream is not one that is not collected. */
export interface StreamCount {
  readonly stream: StreamName
  /** Its begin: milliseconds, a multiple of 60,000. */
  readonly minute: number
  /** Messages that came once, or for the first time. */
  readonly received: number
  /** Messages that had come before. */
  readonly duplicates: number
}

/** Where a gap begins or ends, as its record has it. */
export interface GapEdge {
  readonly sequence?: number | undefined
  readonly timestamp?: number | undefined
}

/** One state of a gap. */
export interface GapState {
  readonly stream: StreamName
  /** The id of its records. */
  readonly id: string
  readonly revision: number
  /** When this was noticed: milliseconds, microseconds as the fraction. */
  readonly at: number
  readonly cause: GapData["cause"]
  readonly from: GapEdge
  readonly to: GapEdge
  /** Records that did not come at first, where that can be told. */
  readonly missing?: number | undefined
  /** Of these, how many are missing now. */
  readonly left?: number | undefined
  /** Records that were had by asking again. */
  readonly repaired: number
  readonly repair: GapData["repair"]
  readonly repairedBy?: GapData["repairedBy"] | undefined
}

/** What happened since the batch before. */
export interface HistoryBatch {
  /** Ascending, from 1, of one process. The same number again is the same batch, and is not counted twice. */
  readonly number: number
  readonly counts: ReadonlyArray<StreamCount>
  readonly gaps: ReadonlyArray<GapState>
}

export interface ContinuityQuery {
  /** The window: clock milliseconds, the end not included. */
  readonly from: number
  readonly to: number
  readonly venue?: string | undefined
  readonly symbol?: string | undefined
  readonly dataType?: string | undefined
  /** Gaps that are listed at most, the newest; the sums know all of them. */
  readonly limit: number
}

/** A stream within the window. */
export interface StreamContinuity extends StreamName {
  /** What came by itself. */
  readonly received: number
  /** What came more than once, and was left out. */
  readonly duplicates: number
  /** What was missing and could be had by asking again. */
  readonly repaired: number
  /** What is missing for all that is known. */
  readonly missing: number
  /** Time for which nobody can say how much is missing: of channels without a sequence, milliseconds. */
  readonly missingMillis: number
  /** Percent, rounded down to a thousandth: 100 says that nothing is missing. `null`: it was not collected. */
  readonly completeness: number | null
  /** How many gaps touch the window, and how many of these are not whole. */
  readonly gaps: number
  readonly openGaps: number
  /** The completeness of each step of the window. */
  readonly timeline: ReadonlyArray<number | null>
  /** The steps, from 0, in which something was repaired. */
  readonly repairedSteps: ReadonlyArray<number>
}

/** A gap with all that was said of it. */
export interface GapHistory {
  readonly id: string
  readonly stream: string
  readonly cause: GapData["cause"]
  readonly from: { readonly sequence?: number; readonly timestamp?: number }
  /** Without a time while it is open. */
  readonly to: { readonly sequence?: number; readonly timestamp?: number }
  readonly missing?: number
  readonly left?: number
  readonly repaired: number
  readonly repair: GapData["repair"]
  readonly repairedBy?: NonNullable<GapData["repairedBy"]>
  /** Oldest first. */
  readonly revisions: ReadonlyArray<{
    readonly revision: number
    readonly at: number
    readonly repair: GapData["repair"]
  }>
}

export interface ContinuityView {
  /** The window that was looked at: the one that was asked for, widened to whole minutes, where it is old to whole hours. */
  readonly from: number
  readonly to: number
  /** A step of the timelines, milliseconds. */
  readonly step: number
  /** Since when there is any history; `null` while there is none. */
  readonly since: number | null
  /** By key. */
  readonly streams: ReadonlyArray<StreamContinuity>
  /** The newest first. */
  readonly gaps: ReadonlyArray<GapHistory>
  /** Gaps of the window that are not listed. */
  readonly gapsLeftOut: number
}

export interface HistoryLimits {
  /** How long it is kept. */
  readonly retentionMillis: number
  /** What it may take. What is oldest goes first. */
  readonly maxBytes: number
}

/** Why the history does not answer, or does not take what happened. Each passes when somebody does what `detail` says. */
export class ContinuityHistoryError extends Schema.TaggedError<ContinuityHistoryError>()(
  "ContinuityHistoryError",
  {
    path: Schema.String,
    reason: Schema.Literals([
      /** It is no history, or one that is broken. Never mended by guess and never deleted. */
      "damaged",
      /** Written by a later version. */
      "later_version",
      /** The disk has no room. */
      "full",
      /** It cannot be opened, read or written. */
      "io",
      /** Too many ask at once, or another process holds it. */
      "busy",
      /** It is being closed. */
      "stopped",
    ]),
    detail: Schema.String,
  },
) {
  override get message(): string {
    return `the history of continuity, ${this.path}: ${this.detail}`
  }
}

/**
 * What came and what is missing, remembered: counts by minute, later by hour, and every state of every gap. Bounded by
 * time and by size.
 */
export class ContinuityHistory extends Context.Service<
  ContinuityHistory,
  {
    /** All or nothing; outlives the process when it completes, where the history outlives it at all. */
    readonly write: (batch: HistoryBatch) => Effect.Effect<void, ContinuityHistoryError>
    readonly read: (query: ContinuityQuery) => Effect.Effect<ContinuityView, ContinuityHistoryError>
    /** Lets go of what is too old, and merges minutes that are no longer recent. Bytes that are left. */
    readonly sweep: Effect.Effect<number, ContinuityHistoryError>
  }
>()("millrace/services/ContinuityHistory") {}
