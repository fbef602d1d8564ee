import { Deferred, Effect, Exit, type Scope } from "effect"
import type { Writable } from "node:stream"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { type Sink, SinkError, type SinkWriter } from "../../services/Sink.ts"

export interface StdoutOptions {
  /** The name of its cursor. */
  readonly name: string
  /** The process's stdout unless given. */
  readonly stream?: Writable
}

const maxBatch = 4096

/** A reader that stands still must not hold up the end of the process. */
const closeTimeout = "2 seconds"

/** Neighbours in one buffer go out in one piece: each payload's newline stands right behind it. */
const pieces = (envelopes: ReadonlyArray<Envelope>): ReadonlyArray<Buffer> => {
  const found: Array<Buffer> = []
  let index = 0
  while (index < envelopes.length) {
    const { bytes, start } = envelopes[index]!
    let { end } = envelopes[index]!
    index++
    while (
      index < envelopes.length &&
      envelopes[index]!.bytes === bytes &&
      envelopes[index]!.start === end + 1
    ) {
      end = envelopes[index]!.end
      index++
    }
    found.push(bytes.subarray(start, end + 1))
  }
  return found
}

/** What went wrong comes with the write that it happened to; without a listener the event would end the process. */
const heard = new WeakSet<Writable>()
const hearErrors = (stream: Writable): void => {
  if (heard.has(stream)) return
  heard.add(stream)
  stream.on("error", () => {})
}

/** Completes when the stream wants more, or never will again: then the writes themselves fail. */
const room = (stream: Writable): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (!stream.writableNeedDrain || stream.destroyed) return resume(Exit.void)
    const goOn = () => {
      stream.off("drain", goOn)
      stream.off("close", goOn)
      resume(Exit.void)
    }
    stream.once("drain", goOn)
    stream.once("close", goOn)
    return Effect.sync(() => {
      stream.off("drain", goOn)
      stream.off("close", goOn)
    })
  })

const makeWriter = Effect.fnUntraced(function* (
  stream: Writable,
  failure: (error: Error) => SinkError,
): Effect.fn.Return<SinkWriter, SinkError, Scope.Scope> {
  hearErrors(stream)
  if (stream.destroyed || stream.writableEnded)
    return yield* failure(stream.errored ?? new Error("it is closed"))
  let last: Deferred.Deferred<void, SinkError> | undefined

  /** In one step, so that a batch is taken whole or not at all. */
  const put = (envelopes: ReadonlyArray<Envelope>): Deferred.Deferred<void, SinkError> => {
    const written = Deferred.makeUnsafe<void, SinkError>()
    const all = pieces(envelopes)
    all.forEach((piece, index) =>
      stream.write(piece, (error) => {
        if (error) Deferred.doneUnsafe(written, Exit.fail(failure(error)))
        else if (index === all.length - 1) Deferred.doneUnsafe(written, Exit.void)
      }),
    )
    return written
  }

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => (last === undefined ? Effect.void : Deferred.await(last))).pipe(
      Effect.interruptible,
      Effect.timeoutOption(closeTimeout),
      // The delivery that failed says so.
      Effect.ignore,
    ),
  )
  return {
    write: (envelopes) =>
      Effect.map(room(stream), () => {
        last = put(envelopes)
        return Deferred.await(last)
      }),
  }
})

/**
 * One record a line, and nothing else, on stdout. A record is delivered when the operating system has taken it; a
 * reader that is slower than the collection holds this sink's cursor back, and no other.
 */
export const make = (options: StdoutOptions): Effect.Effect<Sink> =>
  Effect.sync(() => {
    const stream = options.stream ?? process.stdout
    const failure = (error: Error) =>
      new SinkError({
        sink: options.name,
        reason: "refused",
        detail: `stdout cannot be written to (${error.message}): whoever read it is gone, and only a new start connects it again`,
      })
    return {
      name: options.name,
      type: "stdout",
      maxBatch,
      open: makeWriter(stream, failure),
    }
  })
