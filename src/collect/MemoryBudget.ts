/** How `overload.memory` is shared out: together never more than all of it, however many venues and sinks there are. */
export interface MemoryBudget {
  /** Accepted envelopes that sinks have not taken, in bytes. */
  readonly journal: number
  /** Of each venue: frames that wait for the decoder, and records that wait for their stream's state. */
  readonly venue: { readonly frames: number; readonly records: number }
  /** Of each sink: what it has taken and not delivered. */
  readonly sink: number
}

const mebibyte = 1024 * 1024

/** More than this of a venue or a sink waits for nothing: it only makes what comes later. */
const enough = { frames: 4 * mebibyte, records: 8 * mebibyte, sink: 32 * mebibyte }

export const shareOut = (memory: number, venues: number, sinks: number): MemoryBudget => {
  const half = memory / 2
  const each = half / 2 / Math.max(1, venues)
  return {
    journal: Math.floor(half),
    venue: {
      frames: Math.floor(Math.min(enough.frames, each / 3)),
      records: Math.floor(Math.min(enough.records, (2 * each) / 3)),
    },
    sink: Math.floor(Math.min(enough.sink, half / 2 / Math.max(1, sinks))),
  }
}

/** What there is where nothing was configured. */
export const ample: MemoryBudget = shareOut(256 * mebibyte, 1, 1)
