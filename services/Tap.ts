import { Context, type Stream } from "effect"
import type { RecordType } from "../src/domain/DataType.ts"
import type { Envelope } from "../src/domain/Envelope.ts"

/** What a listener wants; everything that is given must hold. */
export interface TapFilter {
  readonly venue?: string
  readonly type?: RecordType
  /** Canonical or native, in any case. */
  readonly symbol?: string
}

export interface TapBatch {
  /** Accepted envelopes that the filter lets through, at least one, in the order of acceptance. */
  readonly envelopes: ReadonlyArray<Envelope>
  /** How many that matched were dropped before them because this listener was too slow. */
  readonly dropped: number
}

export const matches = (filter: TapFilter, envelope: Envelope): boolean => {
  const { stream } = envelope
  if (filter.type !== undefined && envelope.type !== filter.type) return false
  if (filter.venue !== undefined && stream.venue !== filter.venue) return false
  if (filter.symbol === undefined) return true
  const wanted = filter.symbol.toUpperCase()
  return (
    stream.instrument.symbol.toUpperCase() === wanted || stream.instrument.native.toUpperCase() === wanted
  )
}

/** Lets people look at accepted records as they pass. A slow listener loses records (counted), it never slows the collection. */
export class Tap extends Context.Service<
  Tap,
  {
    /** From now on, until the stream is interrupted or the collection ends; bounded memory per listener. */
    readonly listen: (filter: TapFilter) => Stream.Stream<TapBatch>
  }
>()("millrace/services/Tap") {}
