import type { Stream } from "../../domain/Stream.ts"

/** What a stream lost at one place of its order. */
export interface Lost {
  records: number
  /** When the first and the last of them were received: milliseconds, microseconds as the fraction. */
  first: number
  last: number
  /** The highest sequence among them; `noSequence` where none has one. */
  through: number
}

/** Streams that lost records before a batch. */
export type LostBefore = ReadonlyMap<Stream, Lost>

export const merge = (before: Lost | undefined, more: Lost): Lost =>
  before === undefined
    ? { ...more }
    : {
        records: before.records + more.records,
        first: Math.min(before.first, more.first),
        last: Math.max(before.last, more.last),
        through: Math.max(before.through, more.through),
      }

/** Counts go on in the copy alone: what is taken apart may stay as it was. */
export const copy = (lost: LostBefore): Map<Stream, Lost> =>
  new Map(Array.from(lost, ([stream, each]) => [stream, { ...each }]))
