import type {
  ContinuityQuery,
  ContinuityView,
  HistoryBatch,
  HistoryLimits,
} from "../../../services/ContinuityHistory.ts"

/** What the thread is started with. */
export interface ThreadOptions extends HistoryLimits {
  readonly path: string
  /** Which process writes: batches of two are told apart by it. */
  readonly writer: string
}

/** What the thread is asked. `now` in clock milliseconds: it has no clock of its own. */
export type Request =
  | { readonly kind: "write"; readonly batch: HistoryBatch; readonly now: number }
  | { readonly kind: "read"; readonly query: ContinuityQuery; readonly now: number }
  | { readonly kind: "sweep"; readonly now: number }

// A type, since a thread's answers are looked up by their kinds.
export type Answers = {
  readonly write: undefined
  readonly read: ContinuityView
  /** Bytes of the file. */
  readonly sweep: number
}
