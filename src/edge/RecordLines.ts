import { Stream } from "effect"
import type { TapBatch } from "../../services/Tap.ts"

/** Batches as the bytes of their lines, one record a line; ends after `limit` records, and without one never by itself. */
export const recordLines =
  (limit: number | undefined) =>
  <E, R>(batches: Stream.Stream<TapBatch, E, R>): Stream.Stream<Uint8Array, E, R> => {
    const all = batches.pipe(
      Stream.mapAccum(
        () => limit ?? Number.POSITIVE_INFINITY,
        (left, { envelopes }) => {
          const taken = envelopes.slice(0, left)
          const bytes = Buffer.concat(taken.map(({ bytes, start, end }) => bytes.subarray(start, end + 1)))
          return [left - taken.length, [{ bytes, left: left - taken.length }]] as const
        },
      ),
      Stream.takeUntil(({ left }) => left === 0),
    )
    return Stream.map(all, ({ bytes }) => bytes)
  }
