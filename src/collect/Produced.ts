import type { VenueMetrics } from "../../services/Metrics.ts"
import type { Decoded } from "../domain/Decoded.ts"

/** Counts what was decoded, by type: a batch has few, and looking through them costs less than a map. */
export const countProduced = (metrics: VenueMetrics, records: ReadonlyArray<Decoded>): void => {
  const types: Array<Decoded["type"]> = []
  const counts: Array<number> = []
  for (const { type } of records) {
    let place = 0
    while (place < types.length && types[place] !== type) place++
    if (place === types.length) {
      types.push(type)
      counts.push(0)
    }
    counts[place]!++
  }
  for (const [place, type] of types.entries()) metrics.recordsProduced(type).add(counts[place]!)
}
