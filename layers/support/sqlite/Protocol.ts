import type { Failure } from "./Failure.ts"

/** What a thread is asked, and what it answers; plain data, since it is copied from one thread to the other. */
export interface Asked {
  readonly kind: string
}

export interface Envelope<Request> {
  readonly id: number
  /** `undefined`: everything is done, the file is to be closed. */
  readonly request: Request | undefined
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure }
