import { Deferred, Effect, type Scope, Stream } from "effect"
import type { Sink, SinkWriter } from "../../services/Sink.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { type MarketRecord, recordOf } from "../../src/domain/Record.ts"
import { kept } from "../../src/domain/WrittenRecord.ts"
import { Handover, type Parcel } from "./memory/Handover.ts"

export interface MemorySinkOptions {
  /** The name of its cursor. */
  readonly name: string
  /** Envelopes that the consumer may have before it, beside one batch; 8192 unless given. Then the journal keeps what comes. */
  readonly capacity?: number
}

/** A sink within the process, and its consumer's side. */
export interface MemorySink {
  readonly sink: Sink
  /**
   * Batches as they were journalled. A batch is delivered when the consumer comes back for the next one; a consumer
   * that leaves in the middle of one has the next consumer begin with it. Several at once share what there is. It ends
   * when the scope of `make` closes, after what is still on its way.
   */
  readonly batches: Stream.Stream<ReadonlyArray<Envelope>>
  /** The same, one by one. */
  readonly envelopes: Stream.Stream<Envelope>
  /** The same, as values. */
  readonly records: Stream.Stream<MarketRecord>
}

/** How long a closing writer waits for its consumer. */
const closeTimeout = "2 seconds"

/**
 * For embedding and for tests: records go to a stream in this process, with backpressure. Nobody reading it holds its
 * cursor back, and in the end, where the journal is in memory, the collection.
 */
export const make = Effect.fnUntraced(function* (
  options: MemorySinkOptions,
): Effect.fn.Return<MemorySink, never, Scope.Scope> {
  const handover = new Handover(options.capacity ?? 8192)
  yield* Effect.addFinalizer(() => Effect.sync(() => handover.end()))

  const open = Effect.gen(function* () {
    let last: Parcel | undefined
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => (last === undefined ? Effect.void : Deferred.await(last.delivered))).pipe(
        Effect.interruptible,
        Effect.timeoutOption(closeTimeout),
        Effect.andThen(Effect.sync(() => handover.withdraw())),
      ),
    )
    const write: SinkWriter["write"] = (envelopes) =>
      Effect.map(handover.put(kept(envelopes)), (parcel) => {
        last = parcel
        return Deferred.await(parcel.delivered)
      })
    return { write }
  })

  const batches = Stream.unwrap(
    Effect.gen(function* () {
      let current: Parcel | undefined
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          if (current !== undefined) handover.giveBack(current)
        }),
      )
      const next = Effect.suspend(() => {
        if (current !== undefined) handover.done(current)
        current = undefined
        return Effect.map(handover.take, (parcel) => {
          current = parcel
          return parcel.envelopes
        })
      })
      return Stream.fromEffectRepeat(next)
    }),
  )

  const envelopes = Stream.flattenIterable(batches)
  return {
    sink: { name: options.name, type: "memory", maxBatch: 512, open },
    batches,
    envelopes,
    records: Stream.map(envelopes, recordOf),
  }
})
