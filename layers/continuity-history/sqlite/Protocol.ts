import type {
  ContinuityHistoryError,
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
  | { readonly kind: "close" }

export interface Answers {
  readonly write: undefined
  readonly read: ContinuityView
  /** Bytes of the file. */
  readonly sweep: number
  readonly close: undefined
}

export interface Failure {
  readonly reason: ContinuityHistoryError["reason"]
  readonly detail: string
}

export interface Envelope {
  readonly id: number
  readonly request: Request
}

export type Reply =
  | { readonly id: number; readonly value: Answers[keyof Answers] }
  | { readonly id: number; readonly failure: Failure }
