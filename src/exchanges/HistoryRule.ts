import type { Decoded, Reject } from "../domain/Decoded.ts"
import type { Stream } from "../domain/Stream.ts"

/** A part of history: milliseconds since the epoch, the end not included. */
export interface HistoryWindow {
  readonly start: number
  readonly end: number
}

/** What was asked for, and when the answer came. */
export interface HistoryQuestion {
  /** Where the answer begins: what `begin` or the page before said. */
  readonly next: string
  readonly window: HistoryWindow
  /** Rows asked for. */
  readonly limit: number
  readonly receivedAt: number
}

/** What of an answer belongs to the window. */
export interface HistoryPage {
  /** Oldest first; of klines those that are closed. */
  readonly records: ReadonlyArray<Decoded>
  /** Where the next request goes on, also after the window's end: a later window begins there. */
  readonly next: string
  /** Nothing more of the window can be had now. */
  readonly done: boolean
  /** What of the window the venue does not have any more, for a person. */
  readonly missing?: string
}

/** How a stream's history is asked for, page by page. */
export interface History {
  /**
   * `window`: any part of it, as far back as `keepsMillis` says. `newest`: the newest rows alone. `present`: what is now,
   * in one request; a window means nothing.
   */
  readonly reach: "window" | "newest" | "present"
  /** Rows of one answer at most. */
  readonly rows: number
  readonly keepsMillis?: number
  /** Where it is of several kinds (ratios of long to short), each kind alone. */
  readonly kinds?: ReadonlyMap<string, History>
  /** Where a window begins. */
  readonly begin: (start: number) => string
  /** Relative to the REST endpoint. */
  readonly request: (question: Omit<HistoryQuestion, "receivedAt">) => {
    readonly path: string
    readonly weight: number
  }
  readonly read: (body: Buffer, question: HistoryQuestion) => HistoryPage | Reject
  /** Where rows are had by pages back from the newest: the place of a page, counted from 1. */
  readonly turn?: (page: number, start: number) => string
  /** All rows of an answer, where a window is asked for by time or by pages. */
  readonly rowsOf?: (body: Buffer, receivedAt: number) => ReadonlyArray<Decoded> | Reject
}

/**
 * What a venue tells by REST on demand. `everyMillis`: how often the rows are wanted, where the venue sums them up by
 * periods. `undefined`: it does not tell this.
 */
export type HistoryRule = (stream: Stream, everyMillis: number) => History | undefined
