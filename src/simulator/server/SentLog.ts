import type { VenueName } from "../venues/Protocol.ts"

/** What the simulator sent on one stream of one connection. */
export interface Sent {
  readonly venue: VenueName
  /** Counts the connections of the venue, from 1. */
  readonly connection: number
  readonly stream: string
  readonly messages: number
  /** The last payloads, as many as the simulator was told to keep. */
  readonly payloads: ReadonlyArray<string>
}

export interface SentFilter {
  readonly venue?: VenueName
  readonly connection?: number
  readonly stream?: string
}

interface Entry {
  readonly venue: VenueName
  readonly connection: number
  readonly stream: string
  messages: number
  payloads: Array<string>
}

/** The memory of what each connection was to be sent, or of what it was sent. */
export interface SentLog {
  readonly record: (
    venue: VenueName,
    connection: number,
    stream: string,
    payloads: ReadonlyArray<string>,
  ) => void
  readonly read: (filter: SentFilter) => ReadonlyArray<Sent>
}

/** Keeps the last `keep` payloads of each stream of each connection; 0 keeps nothing and costs nothing. */
export const makeSentLog = (keep: number): SentLog => {
  const entries = new Map<string, Entry>()
  return {
    record: (venue, connection, stream, payloads) => {
      if (keep === 0) return
      const key = `${venue} ${connection} ${stream}`
      let entry = entries.get(key)
      if (entry === undefined) {
        entry = { venue, connection, stream, messages: 0, payloads: [] }
        entries.set(key, entry)
      }
      entry.messages += payloads.length
      for (const payload of payloads) entry.payloads.push(payload)
      if (entry.payloads.length > 2 * keep) entry.payloads = entry.payloads.slice(-keep)
    },
    read: (filter) =>
      [...entries.values()]
        .filter(
          (entry) =>
            (filter.venue === undefined || filter.venue === entry.venue) &&
            (filter.connection === undefined || filter.connection === entry.connection) &&
            (filter.stream === undefined || filter.stream === entry.stream),
        )
        .map((entry) => ({ ...entry, payloads: entry.payloads.slice(-keep) })),
  }
}
