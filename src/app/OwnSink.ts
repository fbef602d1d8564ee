import { Effect } from "effect"
import { type Sink, SinkError } from "../../services/Sink.ts"
import type { Envelope } from "../domain/Envelope.ts"
import { kept } from "../domain/WrittenRecord.ts"

export interface OwnSinkOptions<E extends { readonly message: string }> {
  /** The name of its cursor. */
  readonly name: string
  /** Records in one batch at most; 512 unless given. */
  readonly maxBatch?: number
  /**
   * Delivers a batch, in order, one batch at a time; done means delivered. What fails is said, and the batch is given
   * again, for ever, with a growing delay: so a record may come twice, with the same id.
   */
  readonly deliver: (envelopes: ReadonlyArray<Envelope>) => Effect.Effect<void, E>
}

/**
 * A sink from a function, for applications that embed Millrace. One that batches, lingers or keeps its position with
 * its data implements `Sink` itself.
 *
 * ```ts
 * const sink = makeSink({ name: "mine", deliver: (envelopes) => store(envelopes.map(recordOf)) })
 * ```
 */
export const makeSink = <E extends { readonly message: string }>(options: OwnSinkOptions<E>): Sink => {
  const { name, maxBatch = 512, deliver } = options
  const failure = (error: E) =>
    error instanceof SinkError
      ? error
      : new SinkError({ sink: name, reason: "unavailable", detail: error.message })
  const write = (envelopes: ReadonlyArray<Envelope>) =>
    // Who writes such a function thinks of values: what it keeps must stay what it is.
    Effect.as(Effect.mapError(deliver(kept(envelopes)), failure), Effect.void)
  return { name, type: "application", maxBatch, open: Effect.succeed({ write }) }
}
