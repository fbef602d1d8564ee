import type { TaskRow } from "../TaskRow.ts"

/** What the thread is started with. */
export interface ThreadOptions {
  readonly path: string
  readonly maxBytes: number
}

export interface ListQuery {
  readonly project?: string | undefined
  readonly state?: string | undefined
  readonly origin?: string | undefined
  /** Each must begin a word of the task. */
  readonly words?: ReadonlyArray<string> | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** What the thread is asked. Rows go as the JSON that they are kept as: it is copied once. */
export type Request =
  | { readonly kind: "save"; readonly rows: ReadonlyArray<TaskRow> }
  | { readonly kind: "get"; readonly id: string }
  | { readonly kind: "list"; readonly query: ListQuery }
  | { readonly kind: "remove"; readonly ids: ReadonlyArray<string> }
  | { readonly kind: "versions"; readonly id: string }
  | { readonly kind: "saveCheckpoint"; readonly id: string; readonly body: string }
  | { readonly kind: "checkpoint"; readonly id: string }
  | { readonly kind: "removeCheckpoint"; readonly id: string }
  | { readonly kind: "sweep"; readonly before: number }

export interface VersionRow {
  readonly revision: number
  readonly savedAt: number
  readonly body: string
}

// A type, since a thread's answers are looked up by their kinds.
export type Answers = {
  readonly save: undefined
  readonly get: string | undefined
  /** A JSON list. */
  readonly list: string
  readonly remove: undefined
  readonly versions: ReadonlyArray<VersionRow>
  readonly saveCheckpoint: undefined
  readonly checkpoint: string | undefined
  readonly removeCheckpoint: undefined
  readonly sweep: number
}
