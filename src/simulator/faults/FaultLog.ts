import type { VenueName } from "../venues/Protocol.ts"
import type { FaultKind } from "./Fault.ts"

/** One strike of a fault: what was done to what, and when. */
export interface InjectedFault {
  readonly kind: FaultKind
  /** The fault as it is written. */
  readonly fault: string
  /** The market's time, milliseconds since the epoch. */
  readonly at: number
  /** When a lasting one ends; absent while nobody knows. */
  readonly until?: number
  readonly venue: VenueName
  /** Absent at the door, and for what strikes a whole venue. */
  readonly connection?: number
  readonly stream?: string
  /** How many messages of streams it touched so far: left out, repeated, moved, damaged, added, changed. */
  readonly messages: number
  /** The payload that was due, of a fault that strikes one message; of a reordering the first. */
  readonly payload?: string
  /** Of a reset sequence: the id that became 1. */
  readonly firstId?: number
  /** For a person. */
  readonly detail: string
}

export interface FaultFilter {
  readonly kind?: FaultKind
  readonly venue?: VenueName
  readonly connection?: number
  readonly stream?: string
}

/** An entry that still grows. */
export interface Entry extends InjectedFault {
  messages: number
  until?: number
}

export interface FaultLog {
  readonly add: (entry: Entry) => Entry
  /** The strikes in their order: the last of them, where there are more than are kept. */
  readonly read: (filter: FaultFilter) => ReadonlyArray<InjectedFault>
  /** All strikes ever, by kind. */
  readonly totals: () => Readonly<Partial<Record<FaultKind, number>>>
}

export const makeFaultLog = (keep: number): FaultLog => {
  let entries: Array<Entry> = []
  const totals = new Map<FaultKind, number>()
  return {
    add: (entry) => {
      totals.set(entry.kind, (totals.get(entry.kind) ?? 0) + 1)
      entries.push(entry)
      if (entries.length > 2 * keep) entries = entries.slice(-keep)
      return entry
    },
    read: ({ connection, kind, stream, venue }) =>
      entries
        .slice(-keep)
        .filter(
          (entry) =>
            (kind === undefined || kind === entry.kind) &&
            (venue === undefined || venue === entry.venue) &&
            (connection === undefined || connection === entry.connection) &&
            (stream === undefined || stream === entry.stream),
        )
        .map((entry) => ({ ...entry })),
    totals: () => Object.fromEntries(totals),
  }
}
